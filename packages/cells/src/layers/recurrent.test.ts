import { DTypeError, OptionError, ShapeError, UnsupportedError } from '@unroll/backend';
import { init } from '@unroll/nn';
import {
  detachState,
  manualSeed,
  randomStream,
  Sequence,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { lstm } from '../cells/lstm.ts';
import { GRU, LSTM, RNN } from './layers.ts';
import { Recurrent } from './recurrent.ts';
import { stream } from './stream.ts';

const sizes = { inputSize: 2, hiddenSize: 3 };
const draw = (...shape: number[]) => randomStream('recurrent.test').normal(shape);

describe('a recurrent layer', () => {
  test('gives the kind of thing it was given: a tensor for a tensor, a sequence for a sequence', () => {
    const layer = new LSTM(sizes);
    expect(layer.forward(zeros([4, 5, 2])).output.shape).toEqual([4, 5, 3]);
    const ragged = Sequence.fromBatch(zeros([2, 5, 2]), [5, 1]);
    expect(layer.forward(ragged).output.lengths).toEqual([5, 1]);
  });

  test('goes on from its final state as if it had never stopped', () => {
    const layer = new GRU({ ...sizes, numLayers: 2 });
    const x = draw(3, 6, 2);
    const whole = layer.forward(x);
    const cut = (from: number, to: number) =>
      tensor(
        [...x.dataSync()].filter((_, i) => {
          const step = Math.floor(i / 2) % 6;
          return step >= from && step < to;
        }),
        { shape: [3, to - from, 2] },
      );
    const first = layer.forward(cut(0, 2));
    const second = layer.forward(cut(2, 6), detachState(first.state));
    expectClose(second.state[1].h as Tensor, whole.state[1].h as Tensor, 1e-6);
  });

  test('keeps its weights under layer, direction and the name in the equations', () => {
    const names = Object.keys(
      new LSTM({ ...sizes, numLayers: 2, bidirectional: true }).stateDict(),
    );
    expect(names).toEqual(
      ['0', '0.backward', '1', '1.backward'].flatMap((path) =>
        ['W', 'U', 'b'].map((w) => `${path}.${w}`),
      ),
    );
    expect(Object.keys(new GRU(sizes).stateDict())).toEqual(['0.W', '0.U', '0.b', '0.bU']);
    expect(Object.keys(new RNN({ ...sizes, bias: false }).stateDict())).toEqual(['0.W', '0.U']);
  });

  test('starts an LSTM’s forget bias at 1 and the other biases at 0', () => {
    const { '0.b': b } = new LSTM(sizes).stateDict();
    expect([...b.dataSync()]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  test('starts its matrices within ±1/√hiddenSize, or as it is told', () => {
    const bound = 1 / Math.sqrt(3);
    const { '0.W': W } = new LSTM(sizes).stateDict();
    expect(W.dataSync().every((w) => Math.abs(w) <= bound)).toBe(true);
    const still = new RNN({ ...sizes, init: { U: init.scaledIdentity(0.5) } });
    expect(still.stateDict()['0.U'].dataSync()).toEqual(
      new Float32Array([0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5]),
    );
  });

  test('draws the same weights from the same seed, and other layers change nothing', () => {
    manualSeed(7);
    const first = new GRU(sizes).stateDict()['0.W'].dataSync();
    manualSeed(7);
    new LSTM(sizes);
    expect(new GRU(sizes).stateDict()['0.W'].dataSync()).toEqual(first);
  });

  test('drops outputs between layers while training only', () => {
    const layer = new RNN({ ...sizes, numLayers: 2, dropout: 0.5 });
    const x = draw(2, 4, 2);
    const once = () => [...layer.forward(x).output.dataSync()];
    expect(once()).not.toEqual(once());
    layer.eval();
    expect(once()).toEqual(once());
  });

  test('sends gradients to the initial state', () => {
    const h = zeros([1, 3], { requiresGrad: true });
    sum(new GRU(sizes).forward(draw(1, 2, 2), [{ h }]).output).backward();
    expect(h.grad?.dataSync().every((g) => g !== 0)).toBe(true);
  });
});

describe('bad input', () => {
  const layer = new LSTM(sizes);

  test('of another width or rank is named, with what was expected', () => {
    expect(() => layer.forward(zeros([2, 4, 5]))).toThrow(/inputSize is 2; got rows of \[5\]/);
    expect(() => layer.forward(zeros([4, 2]))).toThrow(ShapeError);
  });

  test('of ids points to Embedding', () => {
    expect(() => layer.forward(zeros([2, 4, 2], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => layer.forward(zeros([2, 4, 2], { dtype: 'int32' }))).toThrow(/Embedding/);
  });

  test('of a state that does not fit lists everything that is wrong with it', () => {
    const x = zeros([2, 4, 2]);
    expect(() => layer.forward(x, [])).toThrow(/has 1 layers; the initial state has 0/);
    const state = [{ h: zeros([3, 3]), cell: zeros([2, 3]) }];
    expect(() => layer.forward(x, state)).toThrow(/h must be \[2, 3\]; got \[3, 3\]/);
    expect(() => layer.forward(x, state)).toThrow(/c is missing/);
    expect(() => layer.forward(x, state)).toThrow(/cell is no state of LSTM/);
  });

  test('of a kind of cell that there is not lists those there are', () => {
    const relu6 = () => new RNN({ ...sizes, nonlinearity: 'relu6' as never });
    expect(relu6).toThrow(OptionError);
    expect(relu6).toThrow("RNN: nonlinearity must be 'tanh' or 'relu'; got relu6");
    const never = () => new GRU({ ...sizes, reset: 'never' as never });
    expect(never).toThrow("GRU: reset must be 'after' or 'before'; got never");
  });

  test('of sizes that are no whole numbers above 0, or of a cell that does not exist', () => {
    expect(() => new LSTM({ inputSize: 0, hiddenSize: 3 })).toThrow(OptionError);
    expect(() => new LSTM({ inputSize: 2, hiddenSize: 1.5 })).toThrow(/hiddenSize/);
    expect(() => new Recurrent({ cell: 'lsmt' as 'lstm', ...sizes })).toThrow(
      /there are rnn, .*lstm/,
    );
  });
});

describe('a stream', () => {
  test('refuses a bidirectional model, by name', () => {
    const model = new Recurrent({ cell: lstm, ...sizes, bidirectional: true, name: 'encoder' });
    expect(() => stream(model)).toThrow(UnsupportedError);
    expect(() => stream(model)).toThrow(/encoder is bidirectional/);
  });

  test('starts anew after reset, keeps its state otherwise, and leaves the training mode as it was', () => {
    const model = new GRU({ ...sizes, numLayers: 2, dropout: 0.5 });
    const live = stream(model);
    const x = draw(2, 2);
    const first = live.step(x).dataSync();
    expect(live.step(x).dataSync()).not.toEqual(first);
    live.reset();
    expect(live.step(x).dataSync()).toEqual(first);
    expect(model.training).toBe(true);
    expect(live.step(x).requiresGrad).toBe(false);
  });
});
