import { cells, describe as describeCell } from '@unroll/cells';
import { mean, norm, slice, square, type Tensor } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { raggedLengths, trainingAt } from '../../configurations.ts';
import type { Workload } from '../../specs.ts';
import { fadingModel } from './fading.ts';
import { start } from './peer.ts';
import { prepare } from './prepare.ts';

const training = {
  ...trainingAt('lstm', 'char-small'),
  ...{ batch: 4, time: 8, inputSize: 5, hiddenSize: 6, classes: 7 },
};
const lstm = 4 * (5 * 6 + 6 * 6 + 6) + 6 * 7 + 7;

async function losses({ call }: Workload, steps: number): Promise<number[]> {
  const list: number[] = [];
  for (let i = 0; i < steps; i++) list.push((await call()) as number);
  return list;
}

describe('our own models', () => {
  test.each([
    ['lstm', lstm],
    ['lstm-without-exponentials', lstm],
    ['two-layers', lstm + 4 * (6 * 6 + 6 * 6 + 6)],
    ['two-layers-dropout', lstm + 4 * (6 * 6 + 6 * 6 + 6)],
    ['variational-dropout', lstm],
    ['zoneout', lstm],
    ['weight-drop', lstm],
    ['ragged', lstm],
    ['bidirectional', 2 * lstm - 7],
  ])('%s trains %d numbers', async (name, parameters) => {
    const workload = prepare({ kind: 'variant', name, training });
    expect(workload.parameters).toBe(parameters);
    const list = await losses(workload, 20);
    expect(Math.abs(list[0] - Math.log(7))).toBeLessThan(0.5);
    expect(list[19]).toBeLessThan(list[0]);
  });

  test.each(Object.entries(cells))('a cell %s trains all its numbers', async (name, cell) => {
    const sizes = { inputSize: 5, hiddenSize: 6, bias: true };
    const outputSize = cell.stateSizes(sizes)[cell.states[0]];
    const workload = prepare({ kind: 'variant', name, training });
    expect(workload.parameters).toBe(describeCell(cell, sizes).parameters + outputSize * 7 + 7);
    const list = await losses(workload, 20);
    expect(list[19]).toBeLessThan(list[0]);
  });

  test('a stream and a product can be called again and again', () => {
    const calls = [
      prepare({ kind: 'stream', inputSize: 3, hiddenSize: 4, repeat: 2 }),
      prepare({ kind: 'product', m: 2, k: 3, n: 4, repeat: 2 }),
    ];
    for (const { call } of calls) expect([call(), call()]).toEqual([undefined, undefined]);
  });
});

test.each([
  ['mha', 4 * (8 * 8 + 8)],
  ['block', 4 * (8 * 8 + 8) + (8 * 32 + 32) + (32 * 8 + 8) + 4 * 8],
] as const)('%s has %d parameters, and a loss that stays', async (part, parameters) => {
  const sizes = { batch: 2, time: 3, size: 8, numHeads: 2 };
  const workload = prepare({ kind: 'attention', part, ...sizes });
  expect(workload.parameters).toBe(parameters);
  const [first, second] = await losses(workload, 2);
  expect(first).toBeGreaterThan(0);
  expect(second).toBe(first);
});

test('generation can be called again and again', async () => {
  const sizes = { vocabSize: 7, size: 8, numHeads: 2, numLayers: 2, prompt: 3, length: 4 };
  const { call, parameters } = prepare({ kind: 'generation', ...sizes });
  const layer = 4 * (8 * 8 + 8) + (8 * 32 + 32) + (32 * 8 + 8) + 4 * 8;
  expect(parameters).toBe(7 * 8 + 2 * layer + 2 * 8 + 8 * 7 + 7);
  expect([await call(), await call()]).toEqual([undefined, undefined]);
});

test('CTC has a loss that stays', async () => {
  const [first, second] = await losses(
    prepare({ kind: 'ctc', batch: 2, time: 9, labels: 4, classes: 5 }),
    2,
  );
  expect(first).toBeGreaterThan(0);
  expect(second).toBe(first);
});

test('tiles alone multiply several rows and refuse one', async () => {
  const { prepare: preparePacked, facts } = await start(['--packed']);
  expect(facts).toMatchObject({ threads: 1 });
  const { call, note } = await preparePacked({ kind: 'product', m: 2, k: 3, n: 4, repeat: 2 });
  expect([note, call(), call()]).toEqual(['its operands are packed already', undefined, undefined]);
  const row = { kind: 'product', m: 1, k: 3, n: 4, repeat: 2 } as const;
  expect(() => preparePacked(row)).toThrow('products of several rows');
});

test('loss and gradients of the fading RNN stay as they are from call to call', async () => {
  const [first, second] = await losses(prepare({ kind: 'fading', radius: 0.5, time: 5 }), 2);
  expect(first).toBeGreaterThan(0);
  expect(second).toBe(first);
});

test('ragged lengths fall evenly from all steps to about a quarter', () => {
  expect(raggedLengths({ batch: 4, time: 40 })).toEqual([40, 33, 25, 18]);
});

test.each([
  { radius: 1, least: 0.5, most: 2 },
  { radius: 0.5, least: 0, most: 1e-15 },
])(
  'with spectral radius $radius the first of 60 steps gets $least to $most of the last one’s gradient',
  async ({ radius, least, most }) => {
    const { layer, x } = fadingModel(radius, 60);
    x.rows.requiresGrad = true;
    mean(square(layer.forward(x).output.last())).backward();
    const gradient = x.rows.grad as Tensor;
    const lengthAt = (step: number) =>
      norm(slice(gradient, { axis: 0, from: 16 * step, to: 16 * (step + 1) })).item();
    const share = (await lengthAt(0)) / (await lengthAt(59));
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThan(most);
  },
);

test('the trainer learns as many steps in a call as it is told', async () => {
  const { call, parameters } = prepare({ kind: 'fit', training, steps: 5, readEvery: 2 });
  expect(parameters).toBe(lstm);
  const [first, second] = [await call(), await call()];
  expect(second).toBeLessThan(Number(first));
});
