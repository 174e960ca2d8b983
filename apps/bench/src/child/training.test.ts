import { defaultDevice, init } from '@jax-js/jax';
import { beforeAll, describe, expect, test } from 'vitest';
import { cellNames, configurationNames, parametersOf, trainingAt } from '../configurations.ts';
import type { Prepare, TrainingSpec } from '../specs.ts';
import { start as startBrain } from './brain/peer.ts';
import { start as startJax } from './jax-js/peer.ts';
import { start as startTfjs } from './tfjs/peer.ts';
import { start as startOurs } from './unroll/peer.ts';

/** The shape of a configuration in its number of layers and its loss, small enough for the slowest peer. */
function small(spec: TrainingSpec): TrainingSpec {
  return { ...spec, batch: 3, time: 4, inputSize: 5, hiddenSize: 6, classes: spec.classes && 7 };
}

const starts = {
  unroll: () => startOurs([]),
  'tfjs-cpu': () => startTfjs(['cpu']),
  'jax-js': startJax,
};

const cases = cellNames.flatMap((cell) =>
  configurationNames.map((name) => ({ cell, name, spec: small(trainingAt(cell, name)) })),
);

describe.each(Object.entries(starts))('%s', (_who, start) => {
  let prepare: Prepare;
  beforeAll(async () => {
    await init('wasm');
    defaultDevice('wasm');
    ({ prepare } = await start());
  });

  test.each(cases)(
    'trains $cell at the shape of $name with as many numbers as the equations have',
    async ({ spec }) => {
      const workload = await prepare(spec);
      expect(workload.parameters).toBe(parametersOf(spec));
      const losses: number[] = [];
      for (let step = 0; step < 20; step++) losses.push((await workload.call()) as number);
      const guess = spec.classes > 0 ? Math.log(spec.classes) : 0;
      expect(Math.abs(losses[0] - guess)).toBeLessThan(0.3);
      expect(losses[19]).toBeLessThan(losses[0]);
      expect(losses[19]).toBeGreaterThan(0);
    },
  );
});

test('brain.js learns where classes are characters, and says what it cannot', async () => {
  const { prepare } = await startBrain();
  const workload = await prepare(small(trainingAt('lstm', 'char-small')));
  expect(workload.note).toContain('no cell state');
  expect(await workload.call()).toBeUndefined();
  expect(() => prepare(trainingAt('lstm', 'imdb'))).toThrow('reads characters');
  expect(() => prepare(trainingAt('lstm', 'two-layer-200'))).toThrow('reads characters');
});

test('the configurations have the sizes that PyTorch counts, but for second biases', () => {
  const twoBiases = 4 * 128 * (64 + 128) + 8 * 128 + 128 * 65 + 65 - 4 * 128;
  expect(parametersOf(trainingAt('lstm', 'char-small'))).toBe(twoBiases);
  expect(parametersOf(trainingAt('gru', 'two-layer-200'))).toBe(2 * (3 * 200 * 401 + 200));
});
