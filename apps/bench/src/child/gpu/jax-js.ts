import { blockUntilReady, defaultDevice, init, numpy as np } from '@jax-js/jax';
import { openGpu } from '@unroll/gpu/testing/adapter';
import type { Facts } from '../../protocol.ts';
import type { Prepare, ProductSpec, Workload } from '../../specs.ts';
import { randomArray } from '../jax-js/cells.ts';
import { training } from '../jax-js/training.ts';

/** jax-js on WebGPU; `words` has its version, which it does not tell in a page. */
export async function start([version]: readonly string[]): Promise<{
  prepare: Prepare;
  facts: Facts;
}> {
  const {
    adapter: { name },
  } = await openGpu('webgpu');
  const devices = await init('webgpu');
  if (!devices.includes('webgpu')) throw new Error('jax-js has no WebGPU here');
  defaultDevice('webgpu');
  return { prepare, facts: { 'jax-js': version, device: 'webgpu', adapter: name } };
}

const prepare: Prepare = (spec) => {
  if (spec.kind === 'training') return training(spec);
  if (spec.kind === 'product') return product(spec);
  throw new Error(`jax-js is not measured at ${spec.kind} on the GPU`);
};

function product({ m, k, n, repeat }: ProductSpec): Workload {
  const x = randomArray([m, k], 1);
  const weight = randomArray([k, n], 1);
  return {
    async call() {
      const all = Array.from({ length: repeat }, () => np.matmul(x.ref, weight.ref));
      // A result that nobody asks for may never be computed.
      await blockUntilReady(all);
      await all[0].ref.slice([0, 1]).data();
      for (const y of all) y.dispose();
      return undefined;
    },
  };
}
