import { OptionError } from '@unroll/backend';
import { type Tensor, zeros } from '@unroll/tensor';
import { expect, test } from 'vitest';
import { LSTM } from '../layers/layers.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { lstmProjection, projectedLstm } from './lstm-projection.ts';

const sizes = { inputSize: 2, hiddenSize: 5 };

test('h has the projected size and c its own, in both directions and in the layer above', () => {
  const layer = new LSTM({ ...sizes, projSize: 3, numLayers: 2, bidirectional: true });
  const { output, state } = layer.forward(zeros([4, 6, 2]));
  expect([output.shape, layer.outputSize]).toEqual([[4, 6, 6], 6]);
  const [, last] = state;
  expect([(last.h as Tensor).shape, (last.c as Tensor).shape]).toEqual([
    [4, 3],
    [4, 5],
  ]);
  const shapes = Object.entries(layer.stateDict()).map(([name, { shape }]) => [name, shape]);
  expect(Object.fromEntries(shapes)).toMatchObject({
    '1.W': [6, 20],
    '1.U': [3, 20],
    '1.P': [5, 3],
  });
});

test('a final state starts the next run, and one of another size is named', () => {
  const layer = new LSTM({ ...sizes, projSize: 3, learnInitialState: true });
  expect(layer.stateDict()['0.h0'].shape).toEqual([3]);
  const { state } = layer.forward(zeros([4, 6, 2]));
  expect(layer.forward(zeros([4, 1, 2]), state).output.shape).toEqual([4, 1, 3]);
  const wrong = [{ h: zeros([4, 5]), c: zeros([4, 5]) }];
  expect(() => layer.forward(zeros([4, 1, 2]), wrong)).toThrow(/h must be \[4, 3\]; got \[4, 5\]/);
});

test('by its name it projects to half of the units, rounded up', () => {
  const sizeOf = (hiddenSize: number) =>
    lstmProjection.stateSizes({ inputSize: 2, hiddenSize, bias: true }).h;
  expect([1, 2, 5, 6].map(sizeOf)).toEqual([1, 1, 3, 3]);
});

test('without a projection an LSTM is the plain one', () => {
  expect(Object.keys(new LSTM({ ...sizes, projSize: 0 }).stateDict())).toEqual([
    '0.W',
    '0.U',
    '0.b',
  ]);
});

test('a size that is no whole number, or not below hiddenSize, is refused', () => {
  for (const projSize of [0, -1, 1.5, Number.NaN]) {
    expect(() => projectedLstm({ projSize })).toThrow(OptionError);
  }
  expect(() => new LSTM({ ...sizes, projSize: -2 })).toThrow(/projSize must be a whole number/);
  expect(() => new Recurrent({ cell: projectedLstm({ projSize: 5 }), ...sizes })).toThrow(
    'projSize must be below hiddenSize; got 5 and 5',
  );
});
