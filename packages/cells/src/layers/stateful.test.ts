import { OptionError } from '@unroll/backend';
import {
  concat,
  grad,
  manualSeed,
  mul,
  randomStream,
  Sequence,
  slice,
  stateFromTensors,
  stateToTensors,
  sum,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { GRU, LSTM } from './layers.ts';
import type { RecurrentState } from './state.ts';
import { stream } from './stream.ts';

beforeEach(() => manualSeed(7));

const sizes = { inputSize: 2, hiddenSize: 3, dtype: 'float64' } as const;
const draw = (...shape: number[]) =>
  randomStream('stateful.test').normal(shape, { dtype: 'float64' });
const cut = (x: Tensor, from: number, to: number) => slice(x, { axis: 1, from, to });

/** The same weights, with and without a memory of the batch before. */
function pair(options: { numLayers?: number; learnInitialState?: boolean } = {}) {
  const stateful = new LSTM({ ...sizes, ...options, stateful: true });
  const plain = new LSTM({ ...sizes, ...options });
  plain.loadStateDict(stateful.stateDict());
  return { stateful, plain };
}

describe('a stateful layer', () => {
  test('gives in pieces what it gives at once', () => {
    const { stateful, plain } = pair({ numLayers: 2 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        (pieces) => {
          const time = pieces.reduce((a, b) => a + b);
          const x = draw(2, time, 2);
          stateful.resetState();
          let from = 0;
          const outputs = pieces.map((length) => {
            from += length;
            return stateful.forward(cut(x, from - length, from)).output;
          });
          expectClose(concat(outputs, { axis: 1 }), plain.forward(x).output, 1e-12);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('goes on where each row of a ragged batch stopped', () => {
    const { stateful, plain } = pair();
    const x = draw(2, 5, 2);
    stateful.forward(Sequence.fromBatch(x, [2, 5]));
    const next = draw(2, 3, 2);
    const { output } = stateful.forward(next);
    const { state } = plain.forward(Sequence.fromBatch(x, [2, 5]));
    expectClose(output, plain.forward(next, state).output, 1e-12);
  });

  test('sends no gradient into the batch before', () => {
    const { stateful, plain } = pair();
    const [first, second] = [draw(2, 3, 2), draw(2, 3, 2)];
    const { state } = plain.forward(first);
    stateful.forward(first);
    const loss = (y: Tensor) => sum(mul(y, y));
    const ours = grad(loss(stateful.forward(second).output), stateful.parameters());
    const cutOff = state.map(({ h, c }) => ({
      h: (h as Tensor).detach(),
      c: (c as Tensor).detach(),
    }));
    const theirs = grad(loss(plain.forward(second, cutOff).output), plain.parameters());
    for (const [i, gradient] of ours.entries()) expectClose(gradient, theirs[i], 1e-12);
  });

  test('starts again after resetState, all rows or those that are named', () => {
    const { stateful, plain } = pair({ learnInitialState: true });
    const [h0, c0] = [stateful.layers[0].initial.h, stateful.layers[0].initial.c];
    const start = { h0: draw(3), c0: draw(3) };
    for (const layer of [stateful, plain]) {
      const weights = layer.stateDict();
      layer.loadStateDict({ ...weights, '0.h0': start.h0, '0.c0': start.c0 });
    }
    expect([h0.size, c0.size]).toEqual([3, 3]);
    const x = draw(2, 3, 2);
    const fresh = plain.forward(x).output;
    stateful.forward(x);
    stateful.resetState([false, true]);
    const { output } = stateful.forward(x);
    const row = (y: Tensor, i: number) => slice(y, { axis: 0, from: i, to: i + 1 });
    expectClose(row(output, 1), row(fresh, 1), 1e-12);
    expect(row(output, 0).dataSync()).not.toEqual(row(fresh, 0).dataSync());
    stateful.resetState();
    expect(stateful.state).toBeUndefined();
    expectClose(stateful.forward(x).output, fresh, 1e-12);
    stateful.resetState();
    stateful.resetState(tensor(Uint8Array.of(1, 0)));
    expect(stateful.state).toBeUndefined();
  });

  test('goes on from a state that was saved by its names and loaded', () => {
    const { stateful } = pair({ numLayers: 2 });
    const [first, second] = [draw(2, 3, 2), draw(2, 3, 2)];
    stateful.forward(first);
    const saved = stateToTensors(stateful.state as never);
    expect(Object.keys(saved)).toEqual(['0.h', '0.c', '1.h', '1.c']);
    const went = stateful.forward(second).output;
    stateful.state = stateFromTensors(saved) as RecurrentState;
    expect(stateful.forward(second).output.dataSync()).toEqual(went.dataSync());
  });

  test('starts from a state that it is given, and carries on from there', () => {
    const { stateful, plain } = pair();
    const x = draw(2, 3, 2);
    const { state } = plain.forward(draw(2, 4, 2));
    stateful.forward(x);
    expectClose(stateful.forward(x, state).output, plain.forward(x, state).output, 1e-12);
    const then = plain.forward(x, plain.forward(x, state).state).output;
    expectClose(stateful.forward(x).output, then, 1e-12);
  });

  test('says what to do when the next batch is of another size', () => {
    const { stateful } = pair();
    stateful.forward(draw(2, 3, 2));
    expect(() => stateful.forward(draw(4, 3, 2))).toThrow(
      'state.0.h must be [4, 3]; got [2, 3]; state.0.c must be [4, 3]; got [2, 3]. It is carried from the batch before; resetState() starts anew.',
    );
  });

  test('keeps what it carries apart from a stream of it', () => {
    const { stateful, plain } = pair();
    const x = draw(2, 3, 2);
    stateful.forward(x);
    const before = stateful.state;
    const [live, other] = [stream(stateful), stream(plain)];
    for (const row of [draw(2, 2), draw(2, 2)]) {
      expect(live.step(row).dataSync()).toEqual(other.step(row).dataSync());
    }
    expect(stateful.state).toBe(before);
  });

  test('has one direction', () => {
    const build = () => new GRU({ ...sizes, stateful: true, bidirectional: true });
    expect(build).toThrow(OptionError);
    expect(build).toThrow('GRU: stateful needs one direction');
  });
});

test('a layer that is not stateful carries nothing', () => {
  const layer = new GRU(sizes);
  const x = draw(2, 3, 2);
  const first = layer.forward(x).output.dataSync();
  expect(layer.state).toBeUndefined();
  expect(layer.forward(x).output.dataSync()).toEqual(first);
});
