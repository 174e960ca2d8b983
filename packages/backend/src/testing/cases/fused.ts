import type { FusedKernels } from '../../contract/backend.ts';
import type { Suite } from '../suite.ts';
import { shapes } from './arbitraries.ts';

/** Kernels that a backend may leave out: those it answers must be right, those it leaves out give nothing to compare. */
export function fusedCases(suite: Suite): void {
  for (const name of ['softmax', 'logSoftmax'] satisfies (keyof FusedKernels)[]) {
    const offered = { sum: 16, needs: name };
    suite.agreeForAll(`${name}: any shape`, offered, shapes, (bench, shape) =>
      bench.fused[name]!(bench.random(shape)),
    );
    suite.agree(`${name}: logits of ±10,000, long rows, no rows`, offered, (bench) => [
      bench.fused[name]!(bench.operand([2, 3], [1e4, 0, -1e4, 1e4, 1e4, -1e4])),
      bench.fused[name]!(bench.random([3, 257])),
      bench.fused[name]!(bench.random([0, 4])),
    ]);
  }
}
