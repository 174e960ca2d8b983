import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
// In Node this brings the derivatives of all operations, which the core leaves out.
import '@tensorflow/tfjs-layers';
import type { Facts } from '../../protocol.ts';
import type { Prepare } from '../../specs.ts';
import { training } from './training.ts';

/** TensorFlow.js on the backend that `words` names: `wasm` (one thread: it has no others in Node) or `cpu`. */
export async function start([backend]: readonly string[]): Promise<{
  prepare: Prepare;
  facts: Facts;
}> {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`);
  await tf.ready();
  return { prepare, facts: { tfjs: tf.version_core, backend: tf.getBackend() } };
}

const prepare: Prepare = (spec) => {
  if (spec.kind === 'training') return training(spec);
  throw new Error(`tfjs is not measured at ${spec.kind}`);
};
