import { AutogradError, DTypeError, NumericError, type TypedArray } from '@unroll/backend';
import { fromValues } from '../core/create.ts';
import { Tensor } from '../core/tensor.ts';
import { add, mul } from '../operations/arithmetic.ts';
import { sum } from '../operations/reduce.ts';
import { grad } from './backward.ts';

/** A function of floating tensors with one or more results. */
export type Differentiable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

export interface GradcheckOptions {
  /** Largest difference, relative to the largest |gradient| of that input; default 1e-6. */
  tolerance?: number;
  /** Step of the central difference, relative to max(1, |x|); default 1e-5. */
  step?: number;
}

/**
 * Holds the gradient of `fn` against central differences in float64. The results are weighted with fixed numbers and
 * summed, so that one scalar tests them all. Inputs that are ids or masks are passed on unchanged.
 *
 * @throws NumericError naming the input, the element and both numbers
 * @example
 * gradcheck((x) => tanh(x), [tensor([0.1, -2], { dtype: 'float64' })]);
 */
export function gradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): void {
  const { tolerance = 1e-6, step = 1e-5 } = options;
  const leaves = inputs.map(asLeaf);
  const y = weightedSum(fn(...leaves));
  const wanted = leaves.filter((x) => x.requiresGrad);
  if (!y.requiresGrad) {
    throw new AutogradError('gradcheck', 'the result does not depend on any floating input');
  }
  const gradients = gradientsOrZero(y, wanted);
  for (const [i, x] of wanted.entries()) {
    const numeric = centralDifferences(fn, leaves, leaves.indexOf(x), step);
    compare(gradients[i], numeric, i, tolerance);
  }
}

/**
 * gradcheck of the gradient: second derivatives against central differences of first ones.
 *
 * @throws NumericError as gradcheck does
 */
export function gradgradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): void {
  const gradient: Differentiable = (...xs) => {
    const floating = xs.filter((x) => x.dtype === 'float64');
    const leaves = floating.filter((x) => x.requiresGrad);
    const y = weightedSum(fn(...xs));
    return grad(y, leaves, { createGraph: true });
  };
  gradcheck(gradient, inputs, options);
}

function asLeaf(x: Tensor): Tensor {
  if (x.dtype === 'float32') {
    throw new DTypeError(
      'gradcheck',
      "float32 is too coarse for differences; use cast(x, 'float64')",
    );
  }
  const leaf = fromValues(x.dataSync(), x.shape, x.dtype);
  if (x.dtype === 'float64') leaf.requiresGrad = true;
  return leaf;
}

/** Σ w·y over all results, with weights that differ for every element. */
function weightedSum(results: Tensor | readonly Tensor[]): Tensor {
  const list = results instanceof Tensor ? [results] : results;
  const terms = list.map((y, i) => {
    const weights = new Float64Array(y.size);
    for (let k = 0; k < weights.length; k++)
      weights[k] = Math.sqrt(2 + ((7 * k + 3 * i) % 11)) - 1.9;
    return sum(mul(y, fromValues(weights, y.shape, 'float64')));
  });
  return terms.reduce((a, b) => add(a, b));
}

/** A function may ignore an input; its gradient is then zero. */
function gradientsOrZero(y: Tensor, inputs: readonly Tensor[]): TypedArray[] {
  return inputs.map((x) => {
    try {
      return grad(y, [x], { retainGraph: true })[0].dataSync();
    } catch (error) {
      if (error instanceof AutogradError && error.operation === 'grad')
        return new Float64Array(x.size);
      throw error;
    }
  });
}

function centralDifferences(
  fn: Differentiable,
  leaves: readonly Tensor[],
  index: number,
  step: number,
): Float64Array {
  const base = leaves[index].dataSync();
  const at = (k: number, value: number): number => {
    const values = base.slice();
    values[k] = value;
    const moved = fromValues(values, leaves[index].shape, 'float64', true);
    const inputs = leaves.map((x, i) => (i === index ? moved : x));
    return weightedSum(fn(...inputs)).itemSync();
  };
  return Float64Array.from(base, (x, k) => {
    const h = step * Math.max(1, Math.abs(x));
    return (at(k, x + h) - at(k, x - h)) / (x + h - (x - h));
  });
}

function compare(
  gradient: TypedArray,
  numeric: Float64Array,
  input: number,
  tolerance: number,
): void {
  const scale = numeric.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  for (let k = 0; k < numeric.length; k++) {
    const difference = Math.abs(gradient[k] - numeric[k]);
    // Below 1e-9 a difference of rounded values says nothing.
    if (difference <= Math.max(tolerance * scale, 1e-9)) continue;
    throw new NumericError(
      'gradcheck',
      `input ${input}, element ${k}: the gradient is ${gradient[k]}, differences say ${numeric[k]} (largest ${scale})`,
      { input, element: k, gradient: gradient[k], numeric: numeric[k] },
    );
  }
}
