import { init } from '@unroll/nn';
import { expect, test } from 'vitest';
import { Recurrent } from '../layers/recurrent.ts';
import type { CellName } from './names.ts';

// Where weights start that are no plain matrices and biases.

const valuesOf = (cell: CellName, weight: string, more: object = {}) => {
  const layer = new Recurrent({ cell, inputSize: 2, hiddenSize: 3, ...more });
  return [...layer.stateDict()[`0.${weight}`].dataSync()];
};
const [zero, one] = [0, 1].map((x) => new Array<number>(3).fill(x));

test('forget biases start at 1, a coupled input bias at −1, other biases at 0', () => {
  expect(valuesOf('lstm-peephole', 'b')).toEqual([...zero, ...one, ...zero, ...zero]);
  expect(valuesOf('lstm-layer-norm', 'b')).toEqual([...zero, ...one, ...zero, ...zero]);
  expect(valuesOf('lstm-coupled', 'b')).toEqual([-1, -1, -1, ...zero, ...zero]);
  expect(valuesOf('minlstm', 'b')).toEqual([...zero, ...one, ...zero]);
  expect(valuesOf('memory-cell', 'b')).toEqual([...zero, ...one, ...zero]);
  expect(valuesOf('relevance-lstm', 'b')).toEqual([...zero, ...one, ...zero, ...zero, ...zero]);
});

test('gains start at 1, peepholes at 0, an IndRNN’s own weights between 0 and 1', () => {
  expect(valuesOf('lstm-layer-norm', 'gainC')).toEqual(one);
  expect(valuesOf('gru-layer-norm', 'gainU')).toEqual([...one, ...one, ...one]);
  expect(valuesOf('lstm-peephole', 'p_o')).toEqual(zero);
  const own = valuesOf('indrnn', 'u');
  expect(own.every((u) => u >= 0 && u < 1)).toBe(true);
  expect(new Set(own).size).toBe(3);
});

test('what the layer is told comes before what the cell says', () => {
  const told = { init: { gainC: init.constant(2) } };
  expect(valuesOf('lstm-layer-norm', 'gainC', told)).toEqual([2, 2, 2]);
});

test('the lectures’ cells without biases have none, whatever is asked for', () => {
  const names = (cell: CellName) =>
    Object.keys(new Recurrent({ cell, inputSize: 2, hiddenSize: 3, bias: true }).stateDict());
  expect(names('lecture-lstm')).toEqual(['0.W_c', '0.W_u', '0.W_f', '0.W_o']);
  expect(names('lecture-gru')).toEqual(['0.W_c', '0.W_u']);
});
