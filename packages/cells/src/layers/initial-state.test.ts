import { ShapeError } from '@unroll/backend';
import { init } from '@unroll/nn';
import {
  broadcastTo,
  grad,
  gradcheck,
  mul,
  type Parameter,
  randomStream,
  Sequence,
  sum,
  zeros,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { GRU, LSTM } from './layers.ts';

const sizes = { inputSize: 2, hiddenSize: 3, dtype: 'float64' } as const;
const draw = (...shape: number[]) =>
  randomStream('initial-state.test').normal(shape, { dtype: 'float64' });

describe('a learned initial state', () => {
  const random = init.normal({ std: 0.5 });
  const layer = new LSTM({
    ...sizes,
    numLayers: 2,
    bidirectional: true,
    learnInitialState: true,
    init: { h0: random, c0: random },
  });
  const x = Sequence.fromBatch(draw(3, 4, 2), [2, 4, 1]);

  test('stands among the weights of its layer and direction, and starts at zero', () => {
    const plain = new LSTM({ ...sizes, learnInitialState: true, bidirectional: true });
    const names = Object.keys(plain.stateDict());
    expect(names).toEqual(
      ['0', '0.backward'].flatMap((path) => ['W', 'U', 'b', 'h0', 'c0'].map((w) => `${path}.${w}`)),
    );
    expect(plain.stateDict()['0.backward.c0']).toEqual(zeros([3], { dtype: 'float64' }));
  });

  test('is that of every sequence: outputs and gradients as if it were given', () => {
    const parameters = layer.namedParameters();
    const spread = (name: string) => broadcastTo(parameters.get(name) as Parameter, [3, 3]);
    const given = [0, 1].map((i) => ({
      h: spread(`${i}.h0`),
      c: spread(`${i}.c0`),
      backward: { h: spread(`${i}.backward.h0`), c: spread(`${i}.backward.c0`) },
    }));
    const ours = layer.forward(x).output.rows;
    const theirs = layer.forward(x, given).output.rows;
    expectClose(ours, theirs, 0);
    const weights = [...parameters.values()];
    const [mine, expected] = [ours, theirs].map((y) => grad(sum(mul(y, y)), weights));
    for (const [i, gradient] of mine.entries()) expectClose(gradient, expected[i], 1e-12);
    const { dtype } = sizes;
    expect(mine.every((g) => g.dataSync().some((v) => v !== 0) && g.dtype === dtype)).toBe(true);
  });

  test('gives way to a state that is given', () => {
    const plain = new LSTM({ ...sizes, numLayers: 2, bidirectional: true });
    const named = Object.entries(layer.stateDict()).filter(([name]) => !/[hc]0$/.test(name));
    plain.loadStateDict(Object.fromEntries(named));
    const { state } = plain.forward(x);
    expectClose(layer.forward(x, state).output.rows, plain.forward(x, state).output.rows, 0);
  });
});

test('the gradient to a given initial state is that of differences', () => {
  const layer = new GRU({ ...sizes, numLayers: 2, bidirectional: true });
  const x = Sequence.fromBatch(draw(3, 4, 2), [2, 4, 1]);
  gradcheck(
    (a, b, c, d) =>
      layer.forward(x, [
        { h: a, backward: { h: b } },
        { h: c, backward: { h: d } },
      ]).output.rows,
    [draw(3, 3), draw(3, 3), draw(3, 3), draw(3, 3)],
  );
});

describe('the state of another model is refused, with everything that is wrong with it:', () => {
  const x = zeros([2, 4, 2], { dtype: 'float64' });
  const refused = (model: LSTM | GRU, state: unknown) => () => model.forward(x, state as never);

  test('one of another cell, of more units or of fewer sequences', () => {
    const { state } = new LSTM({ ...sizes, hiddenSize: 4 }).forward(
      zeros([3, 1, 2], { dtype: 'float64' }),
    );
    const run = refused(new GRU({ ...sizes, name: 'mine' }), state);
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(
      'mine: the initial state does not fit: state.0.h must be [2, 3]; got [3, 4]; state.0.c is no state of GRU (h).',
    );
  });

  test('one of other layers or directions', () => {
    const both = new GRU({ ...sizes, bidirectional: true });
    const one = new GRU(sizes);
    expect(refused(one, both.forward(x).state)).toThrow(
      'state.0.backward is there, but the model has one direction',
    );
    expect(refused(both, one.forward(x).state)).toThrow('state.0.backward is missing');
    const two = new GRU({ ...sizes, numLayers: 2 });
    expect(refused(two, one.forward(x).state)).toThrow(
      'the model has 2 layers; the initial state has 1',
    );
  });

  test('and what is no state at all', () => {
    const one = new GRU(sizes);
    expect(refused(one, { h: zeros([2, 3]) })).toThrow(
      'it must be a list with one entry per layer',
    );
    expect(refused(one, [zeros([2, 3])])).toThrow('state.0 must have the states by name');
    expect(refused(one, [{ h: 3 }])).toThrow('state.0.h must be [2, 3]; got 3');
    expect(
      refused(new GRU({ ...sizes, bidirectional: true }), [{ h: zeros([2, 3]), backward: 1 }]),
    ).toThrow('state.0.backward is missing');
  });
});

test('lengths of zero are refused before a layer sees them', () => {
  expect(() => new GRU(sizes).forward(Sequence.fromBatch(draw(2, 3, 2), [3, 0]))).toThrow(
    'a sequence needs at least one step; sequence 1 is of length 0',
  );
});
