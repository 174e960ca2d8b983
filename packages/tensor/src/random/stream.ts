import {
  type DType,
  DTypeError,
  fillBernoulli,
  isFloating,
  OptionError,
  type Shape,
} from '@unroll/backend';
import { fromKernel, fromValues, newValues } from '../core/create.ts';
import { backendFor } from '../core/engine.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Floats, normals, uniforms } from './draw.ts';
import type { RandomSource } from './source.ts';

export interface UniformOptions {
  /** Smallest value; default 0. */
  low?: number;
  /** End of the range, which is never reached; default 1. */
  high?: number;
  /** Default float32: 24 random bits an element; float64 has 53. */
  dtype?: DType;
}

export interface NormalOptions {
  /** Default 0. */
  mean?: number;
  /** Standard deviation; default 1. */
  std?: number;
  /** Default float32. */
  dtype?: DType;
}

export interface BernoulliOptions {
  /** In which dtype the ones and zeros are; default float32, which multiplies. The draws are the same in all. */
  dtype?: DType;
  /** What stands in the place of the ones; default 1. `1 / p` makes masks of mean 1. Other than 1 for floating dtypes only. */
  value?: number;
}

export interface IntegersOptions {
  /** Smallest value; default 0. */
  low?: number;
  /** End of the range, which is never reached. */
  high: number;
}

/**
 * A stream of random numbers, from `randomStream(name)`. They are computed from arithmetic alone: the same
 * digits on every backend and engine.
 *
 * @example
 * const stream = randomStream('example');
 * const weights = stream.uniform([3, 4], { low: -0.1, high: 0.1 });
 */
export class RandomStream {
  readonly name: string;
  readonly #source: RandomSource;

  constructor(name: string, source: RandomSource) {
    this.name = name;
    this.#source = source;
  }

  /** A number in [0, 1) with 53 random bits, on the host. */
  next(): number {
    return this.#source.fraction();
  }

  /**
   * Evenly spread over [low, high).
   *
   * @throws OptionError unless low ≤ high, both finite; DTypeError for integers
   */
  uniform(shape: Shape, options: UniformOptions = {}): Tensor {
    const { low = 0, high = 1, dtype = 'float32' } = options;
    if (!Number.isFinite(high - low) || low > high) {
      throw new OptionError('uniform', `needs finite low ≤ high; got ${low} and ${high}`);
    }
    const values = floats('uniform', shape, dtype);
    uniforms(this.#source, values, low, high);
    return fromValues(values, shape, dtype);
  }

  /**
   * Normally distributed, by the method of Box and Muller (1958).
   *
   * @throws OptionError for a mean that is not finite or a negative std; DTypeError for integers
   */
  normal(shape: Shape, options: NormalOptions = {}): Tensor {
    const { mean = 0, std = 1, dtype = 'float32' } = options;
    if (!Number.isFinite(mean) || !Number.isFinite(std) || std < 0) {
      throw new OptionError('normal', `needs a finite mean and std ≥ 0; got ${mean} and ${std}`);
    }
    const values = floats('normal', shape, dtype);
    normals(this.#source, values, mean, std);
    return fromValues(values, shape, dtype);
  }

  /**
   * 1, or another value, with probability p, else 0; one pass over memory where the backend draws by itself.
   *
   * @throws OptionError for a p outside of [0, 1], and for a value other than 1 in whole numbers or masks
   * @example
   * const mask = randomStream('dropout').bernoulli([2, 3], 0.8, { value: 1 / 0.8 }); // 1.25 or 0
   */
  bernoulli(shape: Shape, p: number, options: BernoulliOptions = {}): Tensor {
    const { dtype = 'float32', value = 1 } = options;
    if (!(p >= 0 && p <= 1)) {
      throw new OptionError('bernoulli', `p must be in [0, 1]; got ${p}`, { p });
    }
    if (!Number.isFinite(value) || (value !== 1 && !isFloating(dtype))) {
      throw new OptionError(
        'bernoulli',
        `value must be finite, and 1 for whole numbers and masks; got ${value} in ${dtype}`,
        { value, dtype },
      );
    }
    const backend = backendFor(dtype);
    const limit = p * 2 ** 32;
    const { bernoulli } = backend.fused;
    if (bernoulli) {
      return fromKernel('bernoulli', shape, dtype, backend, (size) =>
        bernoulli(this.#source.take(size), limit, value, shape, dtype),
      );
    }
    const values = newValues('bernoulli', shape, dtype);
    fillBernoulli(this.#source.take(values.length), limit, value, values);
    return fromValues(values, shape, dtype);
  }

  /**
   * Whole numbers low, low + 1, …, high − 1, each equally likely; int32.
   *
   * @throws OptionError for an empty range or one outside of int32
   */
  integers(shape: Shape, options: IntegersOptions): Tensor {
    const { low = 0, high } = options;
    const whole = Number.isInteger(low) && Number.isInteger(high);
    if (!whole || low >= high || low < -(2 ** 31) || high > 2 ** 31) {
      throw new OptionError('integers', `needs int32 low < high; got ${low} and ${high}`);
    }
    const values = newValues('integers', shape, 'int32');
    for (let i = 0; i < values.length; i++) values[i] = low + this.#source.below(high - low);
    return fromValues(values, shape, 'int32');
  }

  /**
   * The numbers 0 … n − 1 in random order, on the host (Fisher and Yates).
   *
   * @throws OptionError unless n is a whole number ≥ 0
   */
  permutation(n: number): Int32Array {
    if (!Number.isInteger(n) || n < 0 || n > 2 ** 31) {
      throw new OptionError('permutation', `n must be a whole number ≥ 0; got ${n}`, { n });
    }
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const other = this.#source.below(i + 1);
      const kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
    return order;
  }
}

function floats(operation: string, shape: Shape, dtype: DType): Floats {
  if (!isFloating(dtype)) {
    throw new DTypeError(operation, `draws float32 or float64; got ${dtype}. integers()?`, {
      dtype,
    });
  }
  return newValues(operation, shape, dtype);
}
