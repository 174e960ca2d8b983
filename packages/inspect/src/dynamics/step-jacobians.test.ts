import { AutogradError } from '@unroll/backend';
import { cells, GRU, LSTM, Recurrent, RNN, zoneout } from '@unroll/cells';
import {
  concat,
  grad,
  manualSeed,
  mul,
  randomStream,
  Sequence,
  slice,
  square,
  sum,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { trace } from '../trace/trace.ts';
import { identity, type Matrix, product, spectralNorm } from './matrix.ts';
import { stepJacobians } from './step-jacobians.ts';

beforeEach(() => manualSeed(7));

const sizes = { inputSize: 2, hiddenSize: 3, dtype: 'float64' } as const;
const draw = (...shape: number[]) => randomStream('x').normal(shape, { dtype: 'float64' });
const everyCell = Object.entries(cells);

/** Holds two matrices against each other, relative to the largest entry. */
function expectMatrix(found: Matrix, expected: Matrix, tolerance: number): void {
  const scale = Math.max(...expected.flat().map(Math.abs), 1e-300);
  expect(found.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  const errors = found.flatMap((row, i) => row.map((x, j) => Math.abs(x - expected[i][j]) / scale));
  expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
}

/** What a layer makes of all that is carried, side by side `[1, S]`, over some steps `[1, time, m]`. */
function carrying(model: Recurrent, x: Tensor): (flat: Tensor) => Tensor {
  const sizesOf = Object.entries(model.layers[0].stateSizes);
  return (flat) => {
    let to = 0;
    const start = sizesOf.map(([name, size]) => {
      to += size;
      return [name, slice(flat, { axis: 1, from: to - size, to })];
    });
    const [final] = model.forward(x, [Object.fromEntries(start)]).state;
    return concat(
      sizesOf.map(([name]) => final[name] as Tensor),
      { axis: 1 },
    );
  };
}

/** What is carried after some steps `[1, S]`. */
function carried(model: Recurrent, x: Tensor): Tensor {
  const total = Object.values(model.layers[0].stateSizes).reduce((a, b) => a + b);
  return carrying(model, x)(tensor([new Array(total).fill(0)], { dtype: 'float64' })).detach();
}

function byAutograd(fn: (flat: Tensor) => Tensor, at: Tensor): number[][] {
  return Array.from({ length: at.shape[1] }, (_, unit) => {
    const flat = at.detach();
    flat.requiresGrad = true;
    const [gradient] = grad(sum(slice(fn(flat), { axis: 1, from: unit, to: unit + 1 })), [flat]);
    return Array.from(gradient.dataSync(), Number);
  });
}

function byDifferences(fn: (flat: Tensor) => Tensor, at: Tensor): number[][] {
  const step = 1e-5;
  const moved = (unit: number, by: number) => {
    const values = Float64Array.from(at.dataSync());
    values[unit] += by;
    return fn(tensor(values, { shape: at.shape })).dataSync();
  };
  const columns = Array.from({ length: at.shape[1] }, (_, unit) => {
    const [up, down] = [moved(unit, step), moved(unit, -step)];
    return Array.from(up, (x, i) => (x - down[i]) / (2 * step));
  });
  return columns.map((_, i) => columns.map((column) => column[i]));
}

const steps = (x: Tensor, from: number, to: number) => slice(x, { axis: 1, from, to });

describe('step Jacobians', () => {
  test('of one tanh unit are u·(1 − h²), by hand', async () => {
    const rnn = new RNN({ inputSize: 1, hiddenSize: 1, dtype: 'float64' });
    rnn.loadStateDict({
      '0.W': tensor([[0.5]], { dtype: 'float64' }),
      '0.U': tensor([[-0.8]], { dtype: 'float64' }),
      '0.b': tensor([0.1], { dtype: 'float64' }),
    });
    const { layers } = trace(rnn, tensor([[[1], [0], [-2]]], { dtype: 'float64' }));
    const [sequence] = (await stepJacobians(layers[0])).sequences;
    const slopes = Array.from(layers[0].values.h.rows.dataSync(), (h) => -0.8 * (1 - h ** 2));
    expect(sequence.times).toEqual([0, 1, 2]);
    for (const [t, [[slope]]] of sequence.steps.entries()) expect(slope).toBeCloseTo(slopes[t], 12);
    expect(sequence.products[2][0][0]).toBeCloseTo(slopes[1] * slopes[2], 12);
    expect(sequence.norms[1]).toBeCloseTo(Math.abs(slopes[1]), 12);
    expect(sequence.radii[1]).toBeCloseTo(Math.abs(slopes[1]), 12);
    expect(sequence.productNorms).toEqual([
      1,
      expect.closeTo(Math.abs(slopes[1]), 12),
      expect.closeTo(slopes[1] * slopes[2], 12),
    ]);
  });

  test.each(everyCell)('of %s equal central differences', async (_, cell) => {
    const model = new Recurrent({ cell, ...sizes });
    const x = draw(1, 3, 2);
    const [found] = (await stepJacobians(trace(model, x).layers[0])).sequences;
    const before = carried(model, steps(x, 0, 2));
    expectMatrix(found.steps[2], byDifferences(carrying(model, steps(x, 2, 3)), before), 1e-6);
  });

  test.each(everyCell)('of %s multiply to what the tape gives over many steps', async (_, cell) => {
    const model = new Recurrent({ cell, ...sizes });
    const x = draw(1, 6, 2);
    const [found] = (await stepJacobians(trace(model, x).layers[0])).sequences;
    const first = carried(model, steps(x, 0, 1));
    expectMatrix(found.products[5], byAutograd(carrying(model, steps(x, 1, 6)), first), 1e-12);
  });

  test('of a ragged batch are those of the single sequences, in both directions', async () => {
    const model = new LSTM({ ...sizes, numLayers: 2, bidirectional: true });
    const arrays = [draw(2, 2), draw(5, 2), draw(1, 2)];
    const together = trace(model, Sequence.fromArrays(arrays)).layers;
    for (const [i, array] of arrays.entries()) {
      const alone = trace(model, Sequence.fromArrays([array])).layers;
      for (const [l, layer] of together.entries()) {
        const one = (await stepJacobians(layer)).sequences[i];
        const [other] = (await stepJacobians(alone[l])).sequences;
        expect(one.times).toEqual(other.times);
        for (const [t, matrix] of one.steps.entries()) expectMatrix(matrix, other.steps[t], 1e-12);
      }
    }
  });

  test('of a direction from the end are those of the reversed sequence', async () => {
    const model = new RNN({ ...sizes, bidirectional: true });
    const x = Sequence.fromArrays([draw(4, 2)]);
    const [ahead, back] = model.layers.flatMap((layer) => [layer, layer.backward]);
    for (const [name, weight] of Object.entries(back?.weights ?? {})) {
      expect(ahead?.weights[name].shape).toEqual(weight.shape);
    }
    const mirrored = new RNN(sizes);
    mirrored.loadStateDict({
      '0.W': back?.weights.W as Tensor,
      '0.U': back?.weights.U as Tensor,
      '0.b': back?.weights.b as Tensor,
    });
    const [found] = (await stepJacobians(trace(model, x).layers[1])).sequences;
    const [expected] = (await stepJacobians(trace(mirrored, x.reverse()).layers[0])).sequences;
    expect(found.times).toEqual([3, 2, 1, 0]);
    for (const [t, matrix] of found.steps.entries()) expectMatrix(matrix, expected.steps[t], 1e-12);
  });

  test('hold the mask of the step that really ran', async () => {
    const model = new Recurrent({ cell: zoneout(cells.rnn, 0.5), ...sizes });
    const { layers } = trace(model, draw(1, 4, 2));
    const [sequence] = (await stepJacobians(layers[0])).sequences;
    const masks = layers[0].values['zoneout.h'].toBatch().dataSync();
    for (const [t, matrix] of sequence.steps.entries()) {
      for (const [unit, row] of matrix.entries()) {
        const kept = masks[t * 3 + unit] === 1;
        expect(row.every((x, i) => x === Number(i === unit))).toBe(kept);
      }
    }
  });

  test('split into runs that fit give the same matrices', async () => {
    const gru = new GRU({ inputSize: 2, hiddenSize: 48, dtype: 'float64' });
    const x = draw(1, 100, 2); // 100 rows · 48 units are more than one run takes
    const found = await stepJacobians(trace(gru, x).layers[0]);
    const before = carried(gru, steps(x, 0, 98));
    const last = byAutograd(carrying(gru, steps(x, 98, 99)), before);
    expectMatrix(found.sequences[0].steps[98], last, 1e-12);
  });

  test('of float32 models are taken in float64, at the values that the model saw', async () => {
    const rnn = new RNN({ inputSize: 1, hiddenSize: 2 });
    const { layers } = trace(rnn, randomStream('x').normal([1, 3, 1]));
    const [sequence] = (await stepJacobians(layers[0])).sequences;
    const before = layers[0].before.h.rows.dataSync();
    const { W, U, b } = Object.fromEntries(
      Object.entries(rnn.layers[0].weights).map(([name, x]) => [name, x.dataSync()]),
    );
    const x = layers[0].values.x.rows.dataSync();
    const h = [0, 1].map((j) =>
      Math.tanh(x[2] * W[j] + before[4] * U[j] + before[5] * U[2 + j] + b[j]),
    );
    const byHand = h.map((y, j) => [0, 1].map((i) => (1 - y * y) * U[2 * i + j]));
    expectMatrix(sequence.steps[2], byHand, 1e-12);
  });
});

describe('the parts of a Jacobian', () => {
  test('of an LSTM say how the memory depends on itself: at least through the forget gate', async () => {
    const lstm = new LSTM({
      ...sizes,
      init: { U: (shape) => tensor(new Float64Array(shape[0] * shape[1]), { shape }) },
    });
    const { layers } = trace(lstm, draw(1, 3, 2));
    const { states, sequences } = await stepJacobians(layers[0]);
    expect(states).toEqual({ h: 3, c: 3 });
    const f = layers[0].values.f.toBatch().dataSync();
    const diagonal = identity(3).map((row, i) => row.map((x) => x * f[3 + i]));
    const [sequence] = sequences;
    expectMatrix(sequence.block(sequence.steps[1], 'c', 'c'), diagonal, 1e-12);
    expect(
      sequence
        .block(sequence.steps[1], 'c', 'h')
        .flat()
        .every((x) => x === 0),
    ).toBe(true);
    expect(() => sequence.block(sequence.steps[1], 'c', 'm')).toThrow(
      'no state m is carried; there are h, c',
    );
  });
});

describe('the gradient of each step’s loss', () => {
  const perStep = ({ output }: { output: Sequence | Tensor }) => sum(square(output as Tensor));

  test.each(['rnn', 'gru', 'lstm', 'jordan', 'sru'] as const)(
    'with respect to the first state of %s adds up to that of the whole loss',
    async (cell) => {
      const model = new Recurrent({ cell, ...sizes });
      const x = draw(1, 5, 2);
      const { layers } = trace(model, x, { loss: perStep });
      const [sequence] = (await stepJacobians(layers[0])).sequences;
      const each = sequence.lossGradients();
      expect(each).toHaveLength(5);
      // The loss of steps 2 … 5 by the tape; that of step 1 reaches the first state directly.
      const first = carried(model, steps(x, 0, 1));
      first.requiresGrad = true;
      const names = Object.entries(model.layers[0].stateSizes);
      let to = 0;
      const start = names.map(([name, size]) => {
        to += size;
        return [name, slice(first, { axis: 1, from: to - size, to })];
      });
      const { output } = model.forward(steps(x, 1, 5), [Object.fromEntries(start)]);
      const [whole] = grad(sum(mul(output, output)), [first]);
      const total = each.slice(1).reduce((a, b) => a.map((value, i) => value + b[i]));
      expectMatrix([total], [Array.from(whole.dataSync(), Number)], 1e-12);
    },
  );

  test('needs a loss', async () => {
    const [layer] = trace(new RNN(sizes), draw(1, 2, 2)).layers;
    const [sequence] = (await stepJacobians(layer)).sequences;
    expect(() => sequence.lossGradients()).toThrow(AutogradError);
  });
});

test('a spectral norm is the largest singular value, of wide and tall matrices too', () => {
  expect(spectralNorm([[3, 4]])).toBeCloseTo(5, 12);
  expect(spectralNorm([[3], [4]])).toBeCloseTo(5, 12);
  expect(spectralNorm(product([[0, 2]], identity(2)))).toBeCloseTo(2, 12);
});
