import type { Hands } from './hands.ts';

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

/** One thread's calls. */
export class CallsShare {
  readonly #calls: readonly Call[];
  readonly #hands: Hands;

  constructor(job: CallsJob, index: number, hands: Hands) {
    this.#calls = job.shares[index];
    this.#hands = hands;
  }

  run(): void {
    const { blas, check, functions, stages } = this.#hands;
    for (const { name, args } of this.#calls) {
      check();
      if (name !== 'gemm') (stages[name] ?? functions[name])(...args);
      else {
        const [transposeA, transposeB, m, n, k, a, lda, b, ldb, beta, c, ldc] = args;
        blas?.gemm(transposeA === 1, transposeB === 1, m, n, k, a, lda, b, ldb, beta, c, ldc);
      }
    }
  }
}
