import { type DType, namedValues } from '@unroll/backend';
import {
  add,
  grad,
  manualSeed,
  matmul,
  mul,
  randomStream,
  Sequence,
  sigmoid,
  slice,
  sum,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { lstm } from '../cells/lstm.ts';
import { cells } from '../cells/names.ts';
import { zoneout } from '../wrappers/zoneout.ts';
import { LSTM } from './layers.ts';
import { Recurrent } from './recurrent.ts';
import type { WatchedRun } from './watch.ts';

beforeEach(() => manualSeed(3));

const sizes = { inputSize: 2, hiddenSize: 3 };

/** Two sequences, of 4 and 2 steps. */
function ragged(dtype: DType = 'float64'): Sequence {
  const draw = (n: number) => randomStream('x').normal([n, 2], { dtype });
  return Sequence.fromArrays([draw(2), draw(4)]);
}

function runsOf(layer: Recurrent, x: Sequence): WatchedRun[] {
  const runs: WatchedRun[] = [];
  const end = layer.watch({ onRun: (run) => runs.push(run) });
  layer.forward(x);
  end();
  return runs;
}

describe('a watched layer', () => {
  test.each(Object.entries(cells))(
    '%s tells of every value its author named, and computes the same bits',
    (_, cell) => {
      const layer = new Recurrent({ cell, ...sizes, numLayers: 2, bidirectional: true });
      const x = ragged('float32');
      const before = layer.forward(x).output.rows.dataSync();
      const runs = runsOf(layer, x);
      expect(runs.map((run) => [run.layer, run.direction])).toEqual([
        [0, 'forward'],
        [0, 'backward'],
        [1, 'forward'],
        [1, 'backward'],
      ]);
      for (const run of runs) {
        expect(Object.keys(run.values)).toEqual(namedValues(run.program));
        const state = run.values[cell.states[0]];
        expect(state.rows.dataSync()).toEqual(run.output.rows.dataSync());
      }
      expect(layer.forward(x).output.rows.dataSync()).toEqual(before);
    },
  );

  test('gives the gates that the equations give by hand', () => {
    const layer = new LSTM({ ...sizes, dtype: 'float64' });
    const x = ragged();
    let old: Sequence | undefined;
    let f: Sequence | undefined;
    layer.watch({
      values: ['f', 'h[t-1]'],
      onRun: ({ values }) => {
        f = values.f;
        old = values['h[t-1]'];
      },
    });
    layer.forward(x);
    const { W, U, b } = layer.layers[0].weights;
    const block = (weight: typeof W) => slice(weight, { axis: -1, from: 3, to: 6 });
    const hidden = (old as Sequence).rows;
    const byHand = sigmoid(add(add(matmul(x.rows, block(W)), matmul(hidden, block(U))), block(b)));
    expectClose((f as Sequence).rows, byHand, 1e-14);
  });

  test('gives gradients that are those of the tape', () => {
    const layer = new LSTM({ ...sizes, numLayers: 2, bidirectional: true, dtype: 'float64' });
    const x = ragged();
    x.rows.requiresGrad = true;
    const found: Sequence[] = [];
    layer.watch({
      values: ['x'],
      onRun: () => {},
      onGradients: (gradients, run) => {
        if (run.layer === 0) found.push(gradients.x);
      },
    });
    const weights = randomStream('w').normal([6, 6], { dtype: 'float64' });
    const [dx] = grad(sum(mul(layer.forward(x).output.rows, weights)), [x.rows]);
    expect(found).toHaveLength(2);
    expectClose(add(found[0].rows, found[1].rows), dx, 1e-14);
  });

  test('tells two watchers of what each asked for, until each has ended it', () => {
    const layer = new LSTM(sizes);
    const seen: string[] = [];
    const watch = (name: string) =>
      layer.watch({ values: [name], onRun: ({ values }) => seen.push(...Object.keys(values)) });
    const [endF] = [watch('f'), watch('c')];
    layer.forward(ragged('float32'));
    endF();
    layer.forward(ragged('float32'));
    expect(seen).toEqual(['f', 'c', 'c']);
  });

  test('shows what a wrapped cell runs: in training the state after zoneout too', () => {
    const layer = new Recurrent({ cell: zoneout(lstm, { h: 0.5 }), ...sizes, dtype: 'float64' });
    const [run] = runsOf(layer, ragged());
    expect(Object.keys(run.values)).toEqual(['i', 'f', 'g', 'o', 'c', 'h', 'zoned.h']);
    expect(run.output.rows.dataSync()).toEqual(run.values['zoned.h'].rows.dataSync());
    expect(run.call.steps['zoneout.h'].shape).toEqual([6, 3]);
  });

  test('refuses a name that the equations do not have, and lists those there are', () => {
    const layer = new LSTM(sizes);
    layer.watch({ values: ['z'], onRun: () => {} });
    expect(() => layer.forward(ragged('float32'))).toThrow(
      'LSTM: there is no z to watch; there are x, h[t-1], c[t-1], i, f, g, o, c, h',
    );
  });

  test('refuses an option that does not exist', () => {
    const misspelt = { onRun: () => {}, onGradient: () => {} } as never;
    expect(() => new LSTM(sizes).watch(misspelt)).toThrow(/onGradient/);
  });
});
