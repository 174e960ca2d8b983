import { openGpu } from '@unroll/gpu/testing/adapter';
import type { Facts } from '../../protocol.ts';
import type { Prepare, ProductSpec, Workload } from '../../specs.ts';

const ways = {
  webgl: { mode: 'webgl2', load: () => import('@tensorflow/tfjs-backend-webgl') },
  webgpu: { mode: 'webgpu', load: () => import('@tensorflow/tfjs-backend-webgpu') },
} as const;

/** TensorFlow.js on the GPU, on the backend that `words` names: `webgl` or `webgpu`. */
export async function start([backend]: readonly string[]): Promise<{
  prepare: Prepare;
  facts: Facts;
}> {
  const { mode, load } = ways[backend as keyof typeof ways];
  // It looks for WebGPU when it is loaded.
  const {
    adapter: { name },
  } = await openGpu(mode);
  await load();
  // The layers bring the derivatives of all operations, which the core leaves out.
  await import('@tensorflow/tfjs-layers');
  const tf = await import('@tensorflow/tfjs-core');
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`);
  await tf.ready();
  const { training } = await import('../tfjs/training.ts');
  const prepare: Prepare = (spec) => {
    if (spec.kind === 'training') return training(spec);
    if (spec.kind === 'product') return product(tf, spec);
    throw new Error(`tfjs is not measured at ${spec.kind} on the GPU`);
  };
  return { prepare, facts: { tfjs: tf.version_core, backend: tf.getBackend(), adapter: name } };
}

function product(
  tf: typeof import('@tensorflow/tfjs-core'),
  { m, k, n, repeat }: ProductSpec,
): Workload {
  const x = tf.randomUniform<import('@tensorflow/tfjs-core').Rank.R2>([m, k], -1, 1);
  const weight = tf.variable(
    tf.randomUniform<import('@tensorflow/tfjs-core').Rank.R2>([k, n], -1, 1),
  );
  return {
    async call() {
      const row = tf.tidy(() => {
        let y = tf.matMul(x, weight);
        for (let i = 1; i < repeat; i++) y = tf.matMul(x, weight);
        return tf.slice(y, [0, 0], [1, n]);
      });
      await row.data();
      row.dispose();
      return undefined;
    },
  };
}
