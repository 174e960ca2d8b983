import { expect, test } from 'vitest';
import { attentionDecoder, lstm } from '../testing/hard-cells.ts';
import { derive } from './derive.ts';
import { programFlops, sumFlops } from './flops.ts';

test('an LSTM of 3 inputs and 4 units: products of 7·16, five squashings of 4, four operations of 4', () => {
  expect(programFlops(lstm())).toBe(2 * 7 * 16 + 5 * 4 + 4 * 4);
});

test('the weight gradients of its derivative are as many products as the forward pass has', () => {
  const derivative = derive(lstm());
  const products = derivative.sums.filter((sum) => sum.kind === 'product');
  const flops = products.reduce((n, sum) => n + sumFlops(derivative, sum), 0);
  expect(flops).toBe(2 * 7 * 16);
});

test('attention counts the entries of its source, which are known only when it runs', () => {
  const program = attentionDecoder();
  expect(() => programFlops(program)).toThrow("the length of source 'encoder' is not known");
  const of = (length: number) =>
    programFlops(program, (size) => (typeof size === 'number' ? size : length));
  // Score: +, tanh, ·, + for each of two columns; softmax: five; weighted sum: ·, + for each of three columns.
  for (const length of [1, 2, 7]) expect(of(length) - of(0)).toBe(length * (4 * 2 + 5 + 2 * 3));
});
