import { DataError, OptionError, ShapeError } from '@unroll/backend';
import {
  concat,
  gradcheck,
  randomStream,
  reshape,
  Sequence,
  slice,
  type Tensor,
  tensor,
  zeros,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { GRU } from '../layers/layers.ts';
import { DelayedManyToMany } from './delayed-many-to-many.ts';
import { ManyToMany } from './many-to-many.ts';
import { ManyToOne } from './many-to-one.ts';
import { OneToMany } from './one-to-many.ts';

const dtype = 'float64';
const lengths = [2, 4, 1];
const draw = (...shape: number[]) => randomStream('heads.test').normal(shape, { dtype });
const parts = lengths.map((length) => draw(length, 4));
const ragged = Sequence.fromArrays(parts);
const sizes = { inputSize: 4, outputSize: 2, dtype } as const;
const row = (x: Tensor, i: number) => slice(x, { axis: 0, from: i, to: i + 1 });

describe('many to one', () => {
  test.each(['last', 'mean', 'max', 'mean-max'] as const)(
    '%s is what it is for each sequence alone',
    (pool) => {
      const head = new ManyToOne({ ...sizes, pool });
      const y = head.forward(ragged);
      expect(y.shape).toEqual([3, 2]);
      for (const [i, part] of parts.entries()) {
        expectClose(row(y, i), head.forward(reshape(part, [1, ...part.shape])), 1e-12);
      }
      gradcheck((x) => head.forward(Sequence.fromBatch(x, lengths)), [draw(3, 4, 4)]);
    },
  );

  test('pools by the definition', () => {
    const rows = parts[1].dataSync();
    const column = (k: number) => [0, 1, 2, 3].map((t) => rows[4 * t + k]);
    const definitions = {
      last: (k: number) => column(k)[3],
      mean: (k: number) => column(k).reduce((a, b) => a + b) / 4,
      max: (k: number) => Math.max(...column(k)),
    };
    for (const pool of ['last', 'mean', 'max'] as const) {
      const head = new ManyToOne({ ...sizes, pool, bias: false });
      const pooled = [0, 1, 2, 3].map(definitions[pool]);
      const expected = head.linear.forward(tensor([pooled], { dtype }));
      expectClose(row(head.forward(ragged), 1), expected, 1e-12);
    }
  });

  test('puts mean and maximum side by side', () => {
    const head = new ManyToOne({ ...sizes, pool: 'mean-max' });
    expect(head.linear.W.shape).toEqual([8, 2]);
    const both = concat([ragged.mean(), ragged.max()], { axis: 1 });
    expectClose(head.forward(ragged), head.linear.forward(both), 1e-12);
  });

  test('drops out of the pooled row while it trains', () => {
    const head = new ManyToOne({ ...sizes, pool: 'mean', dropout: 1 });
    const nothing = head.linear.forward(zeros([3, 4], { dtype }));
    expectClose(head.forward(ragged), nothing, 1e-12);
    head.eval();
    expectClose(head.forward(ragged), head.linear.forward(ragged.mean()), 1e-12);
  });

  test('takes each direction where it has read the whole sequence: its final state', () => {
    const layer = new GRU({ inputSize: 4, hiddenSize: 3, bidirectional: true, dtype });
    const head = new ManyToOne({ inputSize: 6, outputSize: 2, bidirectional: true, dtype });
    const { output, state } = layer.forward(ragged);
    const final = concat([state[0].h as Tensor, state[0].backward?.h as Tensor], { axis: 1 });
    expectClose(head.forward(output), head.linear.forward(final), 1e-12);
    const without = new ManyToOne({ inputSize: 6, outputSize: 2, dtype });
    without.loadStateDict(head.stateDict());
    expect(without.forward(output).dataSync()).not.toEqual(head.forward(output).dataSync());
  });

  test('refuses another pool, and two directions of an odd number of features', () => {
    expect(() => new ManyToOne({ ...sizes, pool: 'first' as never })).toThrow(
      "ManyToOne: pool must be one of 'last', 'mean', 'max', 'mean-max'; got first",
    );
    expect(() => new ManyToOne({ ...sizes, inputSize: 5, bidirectional: true })).toThrow(
      OptionError,
    );
  });
});

describe('one to many', () => {
  const x = draw(3, 4);

  test('reads its one row at every step, or once', () => {
    const every = new OneToMany(sizes).repeat(x, lengths);
    const first = new OneToMany({ ...sizes, feed: 'first' }).repeat(x, lengths);
    expect([every.lengths, first.lengths]).toEqual([lengths, lengths]);
    for (const [i, n] of lengths.entries()) {
      const one = row(x, i);
      expectClose(every.toTensors()[i], concat(new Array(n).fill(one), { axis: 0 }), 0);
      const nothing = zeros([n, 4], { dtype });
      const once = n === 1 ? one : concat([one, slice(nothing, { axis: 0, from: 1 })], { axis: 0 });
      expectClose(first.toTensors()[i], once, 0);
    }
  });

  test('answers every step, and has the gradients that differences say', () => {
    const layer = new GRU({ inputSize: 4, hiddenSize: 4, dtype });
    const head = new OneToMany(sizes);
    gradcheck((one) => head.forward(layer.forward(head.repeat(one, lengths)).output).rows, [x]);
    expect(head.forward(zeros([2, 3, 4], { dtype })).shape).toEqual([2, 3, 2]);
  });

  test('refuses lengths of zero, of another number and rows of other axes', () => {
    const head = new OneToMany(sizes);
    expect(() => head.repeat(x, [1, 0, 2])).toThrow(DataError);
    expect(() => head.repeat(x, [1, 0, 2])).toThrow('at least 1; got 0 for sequence 1');
    expect(() => head.repeat(x, [1, 2])).toThrow('a length for each of 3 sequences');
    expect(() => head.repeat(draw(2, 3, 4), [1, 2])).toThrow(ShapeError);
    expect(() => new OneToMany({ ...sizes, feed: 'last' as never })).toThrow(/'every', 'first'/);
  });
});

test('many to many in step answers each row, in the kind that it is given', () => {
  const head = new ManyToMany(sizes);
  const y = head.forward(ragged);
  expect(y.lengths).toEqual(lengths);
  expectClose(y.rows, head.linear.forward(ragged.rows), 0);
  expect(head.forward(zeros([2, 3, 4], { dtype })).shape).toEqual([2, 3, 2]);
});

describe('many to many delayed', () => {
  test('by k steps: answer t is given when t + k inputs and no more have been read', () => {
    const head = new DelayedManyToMany({ ...sizes, delay: 2 });
    const longer = head.lengthen(ragged);
    expect(longer.lengths).toEqual(lengths.map((n) => n + 2));
    for (const [i, part] of longer.toTensors().entries()) {
      expectClose(part, concat([parts[i], zeros([2, 4], { dtype })], { axis: 0 }), 0);
    }
    const answers = head.forward(longer);
    expect(answers.lengths).toEqual(lengths);
    for (const [i, answer] of answers.toTensors().entries()) {
      const late = slice(longer.toTensors()[i], { axis: 0, from: 2 });
      expectClose(answer, head.linear.forward(late), 1e-12);
    }
  });

  test('until the whole has been read: answers come in empty steps alone', () => {
    const head = new DelayedManyToMany(sizes);
    const wanted = [3, 1, 2];
    const longer = head.lengthen(ragged, wanted);
    expect(longer.lengths).toEqual([5, 5, 3]);
    const layer = new GRU({ inputSize: 4, hiddenSize: 4, dtype });
    const { state } = layer.forward(ragged);
    const answers = head.forward(layer.forward(longer).output, wanted);
    expect(answers.lengths).toEqual(wanted);
    // The same as reading first, and going on from there with nothing to read.
    const after = Sequence.fromArrays(wanted.map((n) => zeros([n, 4], { dtype })));
    const expected = head.linear.forward(layer.forward(after, state).output).toTensors();
    for (const [i, answer] of answers.toTensors().entries())
      expectClose(answer, expected[i], 1e-12);
    gradcheck(
      (x) =>
        head.forward(
          layer.forward(head.lengthen(Sequence.fromBatch(x, lengths), wanted)).output,
          wanted,
        ).rows,
      [draw(3, 4, 4)],
    );
  });

  test('refuses a delay of nothing, answers that nobody counted and outputs that were not lengthened', () => {
    expect(() => new DelayedManyToMany({ ...sizes, delay: 0 })).toThrow(OptionError);
    expect(() => new DelayedManyToMany(sizes).lengthen(ragged)).toThrow(
      'DelayedManyToMany: needs a length for each of 3 sequences',
    );
    expect(() => new DelayedManyToMany(sizes).lengthen(ragged, [1, 0, 1])).toThrow(DataError);
    expect(() => new DelayedManyToMany({ ...sizes, delay: 2 }).forward(ragged)).toThrow(
      'sequence 0 has 2 steps, of which 2 are empty. Give the layer what lengthen() makes.',
    );
  });
});

test('heads refuse options that they have not', () => {
  const misspelt = { ...sizes, ...{ pooling: 'mean' } };
  for (const Head of [ManyToOne, OneToMany, ManyToMany, DelayedManyToMany]) {
    expect(() => new Head(misspelt)).toThrow(`${Head.name}: there is no option 'pooling'`);
  }
});
