import { OptionError, UnsupportedError } from '@unroll/backend';
import {
  add,
  concat,
  mul,
  randomStream,
  type Symbolic,
  sigmoid,
  split,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { lstm } from '../cells/lstm.ts';
import { LSTM } from '../layers/layers.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { affine } from './affine.ts';
import { defineCell } from './define-cell.ts';

const sizes = { inputSize: 3, hiddenSize: 4, bias: true };

/** The LSTM letter by letter as on the slide: W_f·[h_{t−1}, x_t] + b_f, one matrix for each gate. */
const slideLstm = defineCell({
  name: 'LSTM',
  states: ['h', 'C'],
  weights: ({ inputSize: m, hiddenSize: n }) => ({
    W_f: [n + m, n],
    b_f: [n],
    W_i: [n + m, n],
    b_i: [n],
    W_C: [n + m, n],
    b_C: [n],
    W_o: [n + m, n],
    b_o: [n],
  }),
  step({ x, h, C: before }, { W_f, b_f, W_i, b_i, W_C, b_C, W_o, b_o }) {
    const f = sigmoid(affine([[h, x], W_f], b_f));
    const i = sigmoid(affine([[h, x], W_i], b_i));
    const candidate = tanh(affine([[h, x], W_C], b_C));
    const C = add(mul(f, before), mul(i, candidate));
    const o = sigmoid(affine([[h, x], W_o], b_o));
    return { C, h: mul(o, tanh(C)) };
  },
});

describe('the slide’s line W·[h, x] + b', () => {
  test('gives the numbers of x·W + h·U + b, and their gradients', () => {
    const ours = new LSTM({ ...sizes, dtype: 'float64' });
    const slide = new Recurrent({ cell: slideLstm, ...sizes, dtype: 'float64' });
    const { '0.W': W, '0.U': U, '0.b': b } = ours.stateDict();
    const [Ws, Us] = [W, U].map((w) => split(w, 4, { axis: 1 }));
    const bs = split(b, 4, { axis: 0 });
    slide.loadStateDict(
      Object.fromEntries(
        ['i', 'f', 'C', 'o'].flatMap((gate, k) => [
          [`0.W_${gate}`, concat([Us[k], Ws[k]], { axis: 0 })],
          [`0.b_${gate}`, bs[k]],
        ]),
      ),
    );
    const x = randomStream('slide').normal([2, 5, 3], { dtype: 'float64' });
    const [one, two] = [ours.forward(x).output, slide.forward(x).output];
    expectClose(one, two, 1e-12);
    sum(mul(one, one)).backward();
    sum(mul(two, two)).backward();
    const gradient = (model: Recurrent, name: string) =>
      model.namedParameters().get(name)?.grad as Tensor;
    expectClose(
      concat([gradient(ours, '0.U'), gradient(ours, '0.W')], { axis: 0 }),
      concat(
        ['i', 'f', 'C', 'o'].map((gate) => gradient(slide, `0.W_${gate}`)),
        { axis: 1 },
      ),
      1e-12,
    );
  });

  test('is split by the tracer: no value of the program is a concatenation', () => {
    const kinds = slideLstm.program(sizes).values.map((value) => value.kind);
    expect(kinds).not.toContain('concat');
  });
});

describe('a cell spelled out again', () => {
  test('is the same program, to the last byte', () => {
    const again = defineCell({
      name: 'LSTM',
      states: ['h', 'c'],
      gates: ['i', 'f', 'g', 'o'],
      step({ x, h, c: cOld }, { W, U, b }) {
        const i = sigmoid(affine([x, W.i], [h, U.i], b.i));
        const f = sigmoid(affine([x, W.f], [h, U.f], b.f));
        const g = tanh(affine([x, W.g], [h, U.g], b.g));
        const o = sigmoid(affine([x, W.o], [h, U.o], b.o));
        const c = add(mul(f, cOld), mul(i, g));
        return { i, f, g, o, c, h: mul(o, tanh(c)) };
      },
    });
    expect(JSON.stringify(again.program(sizes))).toBe(JSON.stringify(lstm.program(sizes)));
  });

  test('is traced once for the same sizes', () => {
    expect(lstm.program(sizes)).toBe(lstm.program({ ...sizes }));
    expect(lstm.program({ ...sizes, bias: false })).not.toBe(lstm.program(sizes));
  });
});

describe('what a cell may not do', () => {
  const build = (step: (x: Symbolic, h: Symbolic) => Symbolic) => () =>
    new Recurrent({
      cell: defineCell({ name: 'Bad', states: ['h'], step: ({ x, h }) => ({ h: step(x, h) }) }),
      inputSize: 2,
      hiddenSize: 2,
    }).forward(tensor([[[1, 2]]]));

  test('is to close over a tensor, to branch on a value, or to return another cell’s value', () => {
    const outside = tensor([1, 2]);
    expect(build((_, h) => mul(h, outside as never))).toThrow(/Bad|closes over a tensor/);
    expect(build((x, h) => ((x as never) > 0 ? x : h))).toThrow(/branch/);
    let foreign: Symbolic | undefined;
    build((_, h) => {
      foreign = h;
      return h;
    })();
    expect(build(() => foreign as Symbolic)).toThrow(UnsupportedError);
  });

  test('is to carry nothing', () => {
    expect(() => defineCell({ name: 'Empty', states: [], step: () => ({}) })).toThrow(OptionError);
  });

  test('is to give a state of another size', () => {
    const cell = defineCell({ name: 'Wide', states: ['h'], step: ({ x }) => ({ h: x }) });
    const layer = new Recurrent({ cell, inputSize: 2, hiddenSize: 3 });
    expect(() => layer.forward(tensor([[[1, 2]]]))).toThrow(/Wide/);
  });
});
