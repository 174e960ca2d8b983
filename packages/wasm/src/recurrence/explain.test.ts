import { programBuilder } from '@unroll/backend';
import { expect, test } from 'vitest';
import { layerNormLstm, lstm } from '../testing/cells.ts';
import { wasm } from '../wasm.ts';
import { explainProgram } from './explain.ts';

test('an LSTM has one product before the loop and one in it, and its gradients one each over all steps', () => {
  const lines = explainProgram(lstm(5, 3)).map((line) => line.trim());
  const at = lines.indexOf('backward');
  expect(lines.slice(0, at)).toEqual([
    'forward',
    'before the loop, for all steps at once',
    expect.stringMatching(/^biases( +%[\w.]+,?){4}$/),
    expect.stringMatching(/^product +\[(%[\w.]+, ){3}%[\w.]+\] \+= x · W$/),
    'in the loop, for one step after the other',
    expect.stringMatching(/^product +\[(%[\w.]+, ){3}%[\w.]+\] \+= h\[t-1\] · U$/),
    expect.stringMatching(/^pointwise .*c, .*, h$/),
  ]);
  const backward = lines.slice(at);
  const products = backward.filter((line) => line.startsWith('product'));
  expect(products).toHaveLength(4);
  const order = [
    backward.indexOf('in the loop, for one step after the other'),
    backward.findIndex((line) => /^product +d\.h\[t-1\] = \[.*\] · Uᵀ$/.test(line)),
    backward.indexOf('after the loop, for all steps at once'),
    backward.findIndex((line) => /^product +d\.x = \[.*\] · Wᵀ$/.test(line)),
    backward.indexOf('then, over all steps'),
    backward.findIndex((line) => /^product +d\.W \+= xᵀ · \[.*\]$/.test(line)),
    backward.findIndex((line) => /^product +d\.U \+= h\[t-1\]ᵀ · \[.*\]$/.test(line)),
  ];
  expect(order.every((line) => line > 0)).toBe(true);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test('a window of a weight is told from all of it', () => {
  const b = programBuilder('two windows');
  const h = b.state('h', 2);
  b.parameter('U', [4, 6]);
  b.parameter('V', [2, 2]);
  const window = (from: number) => b.weight('U', { rows: [2, 4], columns: [from, from + 2] });
  const left = b.pointwise('tanh', [b.matmul(h, window(0))]);
  const right = b.pointwise('tanh', [b.matmul(left, window(4))]);
  const next = b.add(right, b.matmul(h, b.weight('V')), 'h');
  b.next('h', next);
  b.output('h', next);
  const text = explainProgram(b.finish()).join('\n');
  expect(text).toMatch(/ · U\[2:4, 0:2\]$/m);
  expect(text).toMatch(/ · U\[2:4, 4:6\]ᵀ$/m);
  expect(text).toMatch(/= h\[t-1\] · V$/m);
});

test('what goes over rows stands by itself', () => {
  const rows = explainProgram(layerNormLstm(5, 3)).filter((line) => /^ +rows /.test(line));
  // Two normalisations and the four gates' columns, and what they are in the derivative.
  expect(rows.length).toBeGreaterThanOrEqual(4);
});

test('the reads of a memory are shown among the rest, in the loop', () => {
  const b = programBuilder('reader');
  const h = b.state('h', 2);
  const read = b.memorySum(
    b.rowSoftmax(b.score(h, b.memory('keys', 2, 'source'))),
    b.memory('values', 2, 'source'),
  );
  const next = b.pointwise('tanh', [read], 'h');
  b.next('h', next);
  b.output('h', next);
  const lines = wasm().explain?.(b.finish()) ?? [];
  const loop = lines.findIndex((line) => line.includes('in the loop'));
  expect(lines.slice(loop).filter((line) => line.includes('rows  '))).not.toEqual([]);
});
