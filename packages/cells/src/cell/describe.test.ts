import { OptionError } from '@unroll/backend';
import { summary } from '@unroll/nn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gru, gruBefore, lstm, rnnTanh } from '../index.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { describe as describeCell } from './describe.ts';

const [m, n] = [5, 7];
const map = (m + n) * n + n;

describe('counted on the traced program', () => {
  test('an LSTM has four maps of (m + n)·n + n, five activations, three products and one sum', () => {
    const found = describeCell(lstm, { inputSize: m, hiddenSize: n });
    expect(found.layers.map((layer) => layer.parameters)).toEqual([map, map, map, map]);
    expect(found.layers.map((layer) => layer.name).sort()).toEqual(['f', 'g', 'i', 'o']);
    expect(found).toMatchObject({
      activations: 5,
      multiplications: 3,
      additions: 1,
      parameters: 4 * map,
      exponentials: 5 * n,
      // Four maps without their biases; five activations, three products and one sum at each unit.
      flops: 4 * 2 * (m + n) * n + 9 * n,
    });
  });

  test('a simple cell has one map and one activation', () => {
    const found = describeCell(rnnTanh, { inputSize: m, hiddenSize: n });
    expect(found).toMatchObject({
      activations: 1,
      multiplications: 0,
      additions: 0,
      parameters: map,
    });
    expect(found.layers).toHaveLength(1);
  });

  test('a GRU with the reset before has three maps, three activations and three products', () => {
    const found = describeCell(gruBefore, { inputSize: m, hiddenSize: n });
    expect(found.layers.map((layer) => layer.parameters)).toEqual([map, map, map]);
    expect(found).toMatchObject({
      activations: 3,
      multiplications: 3,
      additions: 2,
      parameters: 3 * map,
    });
  });

  test('a GRU with the reset after splits its candidate in two maps and has a bias more', () => {
    const found = describeCell(gru, { inputSize: m, hiddenSize: n });
    expect(found.layers.map((layer) => layer.parameters).sort((a, b) => a - b)).toEqual(
      [m * n + n, n * n + n, map, map].sort((a, b) => a - b),
    );
    expect(found).toMatchObject({ activations: 3, multiplications: 3, parameters: 3 * map + n });
  });
});

test('a description needs the sizes', () => {
  expect(() => describeCell(lstm, undefined as never)).toThrow('inputSize must be a whole number');
  expect(() => describeCell(lstm, { inputSize: 2, hiddenSize: 0 })).toThrow(OptionError);
});

test('the three formulas for an LSTM’s size agree, with and without bias', () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(size, size, fc.boolean(), (inputSize, hiddenSize, bias) => {
      const lectures = 4 * (inputSize * hiddenSize + hiddenSize ** 2 + (bias ? hiddenSize : 0));
      const sizes = { inputSize, hiddenSize, bias };
      expect(describeCell(lstm, sizes).parameters).toBe(lectures);
      expect(summary(new Recurrent({ cell: lstm, ...sizes })).total).toBe(lectures);
    }),
    { numRuns: 20 },
  );
});
