import type { Call, CallsJob } from './calls-job.ts';
import type { Hands } from './hands.ts';

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
