/** A function by its name: of the kernels, of the code that came with the work, or `gemm`, a BLAS product. */
export interface Call {
  readonly name: string;
  readonly args: readonly number[];
}

/** Calls that have nothing to do with each other, some for each thread. */
export interface CallsJob {
  readonly kind: 'calls';
  readonly shares: readonly (readonly Call[])[];
}
