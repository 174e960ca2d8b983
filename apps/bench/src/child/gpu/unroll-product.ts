import { matmul, noGrad, parameter, randomStream, slice, type Tensor } from '@unroll/tensor';
import type { ProductSpec, Workload } from '../../specs.ts';

/** Products, one after the other; a row of the last is read, so that all are done. */
export function product({ m, k, n, repeat }: ProductSpec): Workload {
  const draws = randomStream('bench');
  const x = draws.uniform([m, k], { low: -1 });
  const weight = parameter(draws.uniform([k, n], { low: -1 }));
  const row = (): Tensor => {
    let y = matmul(x, weight);
    for (let i = 1; i < repeat; i++) y = matmul(x, weight);
    return slice(y, { axis: 0, from: 0, to: 1 });
  };
  return {
    async call() {
      await noGrad(row).data();
      return undefined;
    },
  };
}
