import { type GpuBackend, gpu } from '@unroll/gpu';
import { manualSeed, useBackend } from '@unroll/tensor';
import type { Facts } from '../../protocol.ts';
import type { Prepare } from '../../specs.ts';
import { fitting } from '../unroll/fit.ts';
import { training } from '../unroll/training.ts';
import { peak } from './peak.ts';
import { product } from './unroll-product.ts';

/** Our own packages on the GPU, on the way that `words` names: `webgpu` or `webgl2`. */
export async function start([way]: readonly string[]): Promise<{ prepare: Prepare; facts: Facts }> {
  const backend: GpuBackend = await gpu({ mode: way as 'webgpu' | 'webgl2' });
  useBackend(backend);
  manualSeed(1);
  return { prepare, facts: { backend: backend.name, mode: way, adapter: backend.adapter } };
}

const prepare: Prepare = (spec) => {
  if (spec.kind === 'training') return training(spec);
  if (spec.kind === 'fit') return fitting(spec);
  if (spec.kind === 'product') return product(spec);
  if (spec.kind === 'peak') return peak(spec);
  throw new Error(`unroll is not measured at ${spec.kind} on the GPU`);
};
