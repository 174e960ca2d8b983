import { createRequire } from 'node:module';
import type { Facts } from '../../protocol.ts';
import type { Prepare, TrainingSpec, Workload } from '../../specs.ts';

/** The part of brain.js that is used here; its own declarations leave it out. */
interface Net {
  inputSize: number;
  initialize(): void;
  setupData?: undefined;
  model: { allMatrices: { weights: ArrayLike<number> }[] };
  trainOpts: { learningRate: number };
  trainPattern(ids: readonly number[], wantsError: boolean): number;
}

type NetClass = new (options: object) => Net;

/** brain.js: characters as ids, one sequence after the other. */
export async function start(): Promise<{ prepare: Prepare; facts: Facts }> {
  const require = createRequire(import.meta.url);
  const { recurrent } = require('brain.js') as { recurrent: Record<'LSTM' | 'GRU', NetClass> };
  const { version } = require('brain.js/package.json');
  const prepare: Prepare = (spec) => {
    if (spec.kind === 'training') return training(recurrent, spec);
    throw new Error(`brain.js is not measured at ${spec.kind}`);
  };
  return { prepare, facts: { 'brain.js': version } };
}

/** It learns texts, so it is measured where classes are characters. */
function training(nets: Record<'LSTM' | 'GRU', NetClass>, spec: TrainingSpec): Workload {
  const { cell, batch, time, inputSize, hiddenSize, classes } = spec;
  if (classes < inputSize || spec.numLayers > 1) {
    throw new Error('brain.js reads characters and foretells characters; it takes no other input');
  }
  const net = new (cell === 'lstm' ? nets.LSTM : nets.GRU)({
    inputSize: classes,
    inputRange: classes,
    outputSize: classes,
    hiddenLayers: [hiddenSize],
  });
  net.initialize();
  net.trainOpts = { learningRate: 0.01 };
  const sequences = Array.from({ length: batch }, () =>
    Array.from({ length: time }, () => Math.floor(Math.random() * classes)),
  );
  return {
    note: `characters as ids, one sequence after the other, its own RMSprop${cell === 'lstm' ? '; its LSTM carries no cell state' : '; its GRU resets before the product'}`,
    call() {
      for (const ids of sequences) net.trainPattern(ids, false);
      return undefined;
    },
  };
}
