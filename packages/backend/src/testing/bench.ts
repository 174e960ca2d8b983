import type { Backend, FusedKernels, Kernels, Memory, Operand } from '../contract/backend.ts';
import type { DType, TypedArray } from '../contract/dtype.ts';
import { allocate, isFloating } from '../contract/dtype.ts';
import type { Shape } from '../contract/shape.ts';
import { sizeOf } from '../contract/shape.ts';

/**
 * One run of a case on one backend: makes its operands. Two benches with one seed give the same numbers, so a case can
 * be run on a backend and on the definition. Every other operand begins inside a larger memory.
 */
export class Bench {
  readonly kernels: Kernels;
  readonly fused: Partial<FusedKernels>;
  /** The dtype of this run. */
  readonly dtype: DType;
  /** What the backend under test computes in. */
  readonly dtypes: readonly DType[];
  readonly #backend: Backend;
  #state: number;
  #made = 0;

  constructor(backend: Backend, dtype: DType, seed: number, dtypes = backend.dtypes) {
    this.kernels = backend.kernels;
    this.fused = backend.fused;
    this.dtype = dtype;
    this.dtypes = dtypes;
    this.#backend = backend;
    this.#state = seed;
  }

  /** These values as an operand. */
  operand(shape: Shape, values: ArrayLike<number>, dtype: DType = this.dtype): Operand {
    const offset = this.#made++ % 2 === 0 ? 0 : 3;
    const all = allocate(dtype, values.length + offset);
    all.set(values, offset);
    return { memory: this.#backend.upload(all), offset, shape, dtype };
  }

  /** Floats in [−2, 2), whole numbers from −9 to 9, or coin tosses. */
  random(shape: Shape, dtype: DType = this.dtype): Operand {
    return this.operand(
      shape,
      Array.from({ length: sizeOf(shape) }, () => this.#draw(dtype)),
      dtype,
    );
  }

  /** Whole numbers from 0 to `below` − 1. */
  ids(shape: Shape, below: number): Operand {
    const draw = () => Math.floor(this.#uniform() * below);
    return this.operand(shape, Array.from({ length: sizeOf(shape) }, draw), 'int32');
  }

  read(memory: Memory): Promise<TypedArray> {
    const { dtype, length } = memory;
    return this.#backend.read({ memory, offset: 0, shape: [length], dtype });
  }

  #draw(dtype: DType): number {
    const u = this.#uniform();
    if (isFloating(dtype)) return 4 * u - 2;
    return dtype === 'bool' ? Math.round(u) : Math.floor(19 * u) - 9;
  }

  /** In [0, 1): a linear congruence modulo 2³² (Numerical Recipes), good enough for data. */
  #uniform(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }
}
