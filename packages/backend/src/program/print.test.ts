import { expect, test } from 'vitest';
import { attentionDecoder, lstm } from '../testing/hard-cells.ts';
import { programBuilder } from './build.ts';
import { derive } from './derive.ts';
import { printProgram } from './print.ts';

const lines = (text: string) => text.split('\n').map((line) => line.trim());

test('an LSTM reads like its equations', () => {
  expect(lines(printProgram(lstm()))).toEqual([
    'lstm',
    'step      x [3]',
    'state     h [4], c [4]',
    'parameter W [3, 16], U [4, 16], b [16]',
    'i = σ(x·W[:, 0:4] + h[t-1]·U[:, 0:4] + b[0:4])',
    'f = σ(x·W[:, 4:8] + h[t-1]·U[:, 4:8] + b[4:8])',
    'g = tanh(x·W[:, 8:12] + h[t-1]·U[:, 8:12] + b[8:12])',
    'o = σ(x·W[:, 12:16] + h[t-1]·U[:, 12:16] + b[12:16])',
    'c = f·c[t-1] + i·g',
    'h = o·tanh(c)',
    'h[t] ← h',
    'c[t] ← c',
    'output h',
  ]);
});

test('a derivative says what it sums over the steps', () => {
  const text = lines(printProgram(derive(attentionDecoder())));
  expect(text).toContain('d.Q += hᵀ·d.query');
  expect(text).toContain('d.memory += attentionᵀ·d.context');
  expect(text).toContain('d.v += Σ d.score·tanh(query + keys)');
  expect(text).toContain('output d.x');
});

test('sums stand in brackets where they are factors, and alone elsewhere', () => {
  const b = programBuilder('brackets');
  const [x, y] = [b.step('x', 2), b.step('y', 2)];
  const sum = b.add(x, y);
  b.output('a', b.pointwise('tanh', [sum], 'a'));
  b.output('b', b.mul(b.pointwise('sub', [x, y]), y, 'b'));
  b.output('c', b.pointwise('sub', [x, b.pointwise('sub', [y, x])], 'c'));
  const text = lines(printProgram(b.finish()));
  expect(text).toContain('a = tanh(x + y)');
  expect(text).toContain('b = (x − y)·y');
  expect(text).toContain('c = x − (y − x)');
});
