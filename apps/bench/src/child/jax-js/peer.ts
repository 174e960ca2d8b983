import { createRequire } from 'node:module';
import { defaultDevice, init } from '@jax-js/jax';
import type { Facts } from '../../protocol.ts';
import type { Prepare } from '../../specs.ts';
import { training } from './training.ts';

/** jax-js on WebAssembly (one thread: it has no others in Node). */
export async function start(): Promise<{ prepare: Prepare; facts: Facts }> {
  await init('wasm');
  defaultDevice('wasm');
  const manifest = createRequire(import.meta.url).resolve('@jax-js/jax');
  return { prepare, facts: { 'jax-js': versionAbove(manifest), device: 'wasm' } };
}

function versionAbove(entry: string): string {
  return createRequire(entry)('../package.json').version;
}

const prepare: Prepare = (spec) => {
  if (spec.kind === 'training') return training(spec);
  throw new Error(`jax-js is not measured at ${spec.kind}`);
};
