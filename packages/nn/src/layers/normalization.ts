import { type DType, refuseUnknownOptions } from '@unroll/backend';
import {
  add,
  fuse,
  mean,
  mul,
  normalize,
  ones,
  type Parameter,
  parameter,
  rsqrt,
  square,
  zeros,
} from '@unroll/tensor';
import { Module } from '../module/module.ts';
import { needEpsilon, needFeatures, needSizes, type Rows, rowwise } from './rowwise.ts';

export interface RMSNormOptions {
  /** Features of a row. */
  size: number;
  /** Added to the mean square, so that a row of zeros stays one; default 1e-6. */
  eps?: number;
  /** Whether there is a gain g; default true. */
  elementwiseAffine?: boolean;
  /** Default float32. */
  dtype?: DType;
  /** Default: `RMSNorm` with a number. */
  name?: string;
}

export interface LayerNormOptions extends RMSNormOptions {
  /** Added to the variance, so that a row of equals becomes zeros; default 1e-5. */
  eps?: number;
  /** Whether there are a gain g and a bias b; default true. */
  elementwiseAffine?: boolean;
  /** Whether there is the bias b beside the gain; default true. */
  bias?: boolean;
}

const ofRMSNorm: Record<keyof RMSNormOptions, true> = {
  size: true,
  eps: true,
  elementwiseAffine: true,
  dtype: true,
  name: true,
};
const ofLayerNorm: Record<keyof LayerNormOptions, true> = { ...ofRMSNorm, bias: true };

// Formulas over rows and the mean of their squares: v.
const scaled = /* @__PURE__ */ fuse((x, v, eps) => mul(x, rsqrt(add(v, eps))), {
  name: 'normalize',
});
const gained = /* @__PURE__ */ fuse((x, v, eps, g) => mul(mul(x, rsqrt(add(v, eps))), g), {
  name: 'normalize',
});
const affine = /* @__PURE__ */ fuse((x, g, b) => add(mul(x, g), b), { name: 'LayerNorm' });

/**
 * Every row made mean 0 and variance 1: `y = (x − μ)/√(σ² + ε) ⊙ g + b` (Ba, Kiros & Hinton 2016), μ and σ² over the
 * last axis, σ² divided by `size`; g and b `[size]` start at 1 and 0.
 *
 * Takes a tensor `[…, size]` or a sequence, and gives the same kind.
 *
 * @throws ShapeError for rows of another size
 * @example
 * const y = new LayerNorm({ size: 8 }).forward(ones([2, 5, 8])); // zeros
 */
export class LayerNorm extends Module {
  static readonly className: string = 'LayerNorm';

  readonly size: number;
  readonly eps: number;
  readonly g: Parameter | undefined;
  readonly b: Parameter | undefined;

  constructor(options: LayerNormOptions) {
    super(options.name);
    refuseUnknownOptions('LayerNorm', options, ofLayerNorm);
    const { size, eps = 1e-5, elementwiseAffine = true, bias = true, dtype } = options;
    needSizes('LayerNorm', { size });
    needEpsilon('LayerNorm', eps);
    this.size = size;
    this.eps = eps;
    this.g = elementwiseAffine ? parameter(ones([size], { dtype })) : undefined;
    this.b = elementwiseAffine && bias ? parameter(zeros([size], { dtype })) : undefined;
  }

  override forward<X extends Rows>(input: X): X {
    const { size, eps, g, b } = this;
    return rowwise(input, (x) => {
      needFeatures('LayerNorm', x, 'size', size);
      const y = normalize(x, { eps });
      if (g === undefined) return y;
      return b ? affine(y, g, b) : mul(y, g);
    });
  }

  protected override details(): string[] {
    return [`eps ${this.eps}`];
  }
}

/**
 * Every row divided by its root mean square: `y = x/√(mean(x²) + ε) ⊙ g` (Zhang & Sennrich 2019), the mean over the last
 * axis; g `[size]` starts at 1.
 *
 * Takes a tensor `[…, size]` or a sequence, and gives the same kind.
 *
 * @throws ShapeError for rows of another size
 * @example
 * const y = new RMSNorm({ size: 2 }).forward(tensor([[3, 3]])); // [[1, 1]]
 */
export class RMSNorm extends Module {
  static readonly className: string = 'RMSNorm';

  readonly size: number;
  readonly eps: number;
  readonly g: Parameter | undefined;

  constructor(options: RMSNormOptions) {
    super(options.name);
    refuseUnknownOptions('RMSNorm', options, ofRMSNorm);
    const { size, eps = 1e-6, elementwiseAffine = true, dtype } = options;
    needSizes('RMSNorm', { size });
    needEpsilon('RMSNorm', eps);
    this.size = size;
    this.eps = eps;
    this.g = elementwiseAffine ? parameter(ones([size], { dtype })) : undefined;
  }

  override forward<X extends Rows>(input: X): X {
    const { size, eps, g } = this;
    return rowwise(input, (x) => {
      needFeatures('RMSNorm', x, 'size', size);
      const v = mean(square(x), { axis: -1, keepDims: true });
      return g ? gained(x, v, eps, g) : scaled(x, v, eps);
    });
  }

  protected override details(): string[] {
    return [`eps ${this.eps}`];
  }
}
