import { reference } from '@unroll/backend';
import { roundingTolerance } from '@unroll/backend/testing';
import {
  grad,
  gradcheck,
  manualSeed,
  mul,
  randomState,
  randomStream,
  reshape,
  Sequence,
  scan,
  setRandomState,
  slice,
  sum,
  type Tensor,
  useBackend,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import type { Cell } from '../cell/define-cell.ts';
import { drawMasks } from '../cell/mask.ts';
import { gru, gruBefore } from '../cells/gru.ts';
import { lstm } from '../cells/lstm.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { stream } from '../layers/stream.ts';
import { variationalDropout } from './variational-dropout.ts';
import { weightDrop } from './weight-drop.ts';
import { zoneout } from './zoneout.ts';

// What must hold for every wrapper, and for wrappers around wrappers.

const wrapped: Record<string, [cell: Cell, wrap: (cell: Cell) => Cell]> = {
  'LSTM with zoneout': [lstm, (cell) => zoneout(cell, { h: 0.2, c: 0.5 })],
  'GRU with variational dropout': [
    gru,
    (cell) => variationalDropout(cell, { input: 0.3, state: 0.3 }),
  ],
  'LSTM with weight drop': [lstm, (cell) => weightDrop(cell, 0.5)],
  'GRU (reset before) with all three': [
    gruBefore,
    (cell) => zoneout(variationalDropout(weightDrop(cell, 0.3), { input: 0.3, state: 0.3 }), 0.2),
  ],
  'LSTM with all three, in another order': [
    lstm,
    (cell) => weightDrop(variationalDropout(zoneout(cell, 0.2), { input: 0.3, state: 0.3 }), 0.3),
  ],
};
const sizes = { inputSize: 3, hiddenSize: 4, bias: true };
const lengths = [3, 5, 1];
const draw = (shape: number[], dtype: 'float32' | 'float64' = 'float32') =>
  randomStream('wrappers.test').normal(shape, { dtype, std: 0.7 });

describe.each(Object.entries(wrapped))('%s', (name, [plain, wrap]) => {
  const cell = wrap(plain);
  const ragged = (x: Tensor) => Sequence.fromBatch(x, lengths);
  const build = (dtype: 'float32' | 'float64' = 'float32') =>
    new Recurrent({ cell, ...sizes, numLayers: 2, bidirectional: true, dtype, name });

  test('has the gradients that differences say, through its masks', () => {
    const training = cell.training?.(sizes);
    if (!training) throw new Error('a wrapped cell trains in its own way');
    const shapes = Object.entries(cell.shapes(sizes));
    const x = Sequence.fromBatch(draw([3, 5, 3], 'float64'), lengths);
    // From one seed, so that every call of the function has the same masks.
    const fixed = (weights: Record<string, Tensor>) => {
      manualSeed(4);
      return drawMasks(training.masks, name, x, weights);
    };
    const states = Object.fromEntries(cell.states.map((s) => [s, draw([3, 4], 'float64')]));
    gradcheck(
      (rows, ...weights) => {
        const named = Object.fromEntries(shapes.map(([weight], i) => [weight, weights[i]]));
        const { steps, sequences, parameters } = fixed(named);
        const { outputs, finalStates } = scan({
          program: training.program,
          schedule: x.schedule(),
          steps: { x: rows, ...steps },
          sequences,
          states,
          parameters,
        });
        return [...Object.values(outputs), ...Object.values(finalStates)];
      },
      [x.rows, ...shapes.map(([, shape]) => draw([...shape], 'float64'))],
    );
  });

  test('has a derivative program that equals autograd through the replayed steps', () => {
    const model = build('float64');
    const x = draw([3, 5, 3], 'float64');
    const loss = () => {
      manualSeed(6);
      const { rows } = model.forward(ragged(x)).output;
      return sum(mul(rows, rows));
    };
    const derived = grad(loss(), model.parameters());
    const replayed = grad(loss(), model.parameters(), { createGraph: true });
    for (const [i, gradient] of derived.entries()) expectClose(gradient, replayed[i], 1e-12);
  });

  test('gives on WebAssembly what it gives on the reference, trained and in use, to float32 rounding', () => {
    const run = (training: boolean): [Tensor, ...Tensor[]] => {
      manualSeed(8);
      const model = build().train(training);
      const x = randomStream('x').normal([3, 5, 3]);
      const { rows } = model.forward(ragged(x)).output;
      return [rows, ...grad(sum(mul(rows, rows)), model.parameters())];
    };
    for (const training of [true, false]) {
      const fast = run(training);
      const before = useBackend(reference());
      try {
        const slow = run(training);
        for (const [i, y] of fast.entries()) expectClose(y, slow[i], roundingTolerance(16, 10));
      } finally {
        useBackend(before);
      }
    }
  });

  test('draws the same masks from the same seed, whatever else is drawn, and goes on where it was stopped', () => {
    const model = build();
    const x = ragged(draw([3, 5, 3]));
    const once = () => [...model.forward(x).output.rows.dataSync()];
    manualSeed(3);
    const first = once();
    const state = randomState();
    const second = once();
    expect(second).not.toEqual(first);
    setRandomState(state);
    expect(once()).toEqual(second);
    manualSeed(3);
    randomStream('elsewhere').normal([100]);
    expect(once()).toEqual(first);
  });

  test('has no noise in use, step by step as at once, and leaves its streams alone', () => {
    const model = new Recurrent({ cell, ...sizes, numLayers: 2 }).eval();
    const x = draw([2, 4, 3]);
    const before = randomState();
    const whole = model.forward(x).output;
    expect(model.forward(x).output.dataSync()).toEqual(whole.dataSync());
    const live = stream(model.train());
    for (let t = 0; t < 4; t++) {
      const row = (y: Tensor, size: number) =>
        reshape(slice(y, { axis: 1, from: t, to: t + 1 }), [2, size]);
      expectClose(live.step(row(x, 3)), row(whole, 4), roundingTolerance(4, t + 1));
    }
    expect(randomState()).toEqual(before);
  });

  test('is the plain cell in use, but for zoneout', () => {
    const same = JSON.stringify(cell.program(sizes)) === JSON.stringify(plain.program(sizes));
    expect(same).toBe(!/zoneout|all three/.test(name));
  });
});
