import { roundingTolerance } from '@unroll/backend/testing';
import {
  add,
  grad,
  gradcheck,
  gradgradcheck,
  manualSeed,
  mul,
  randomStream,
  reshape,
  Sequence,
  scan,
  slice,
  sum,
  type Tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { describe as describeCell } from '../cell/describe.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { stream } from '../layers/stream.ts';
import { cells } from './names.ts';

// What must hold for every cell that the package exports.

// Differences say little of a layer norm at a row that hardly varies, so which rows a test draws does not depend on others.
beforeEach(() => manualSeed(1));
const draws = randomStream('cells.test');
const draw = (...shape: number[]) => draws.normal(shape, { dtype: 'float64', std: 0.7 });

describe.each(Object.entries(cells))('%s', (_, cell) => {
  const sizes = { inputSize: 2, hiddenSize: 4, bias: true };
  const names = Object.keys(cell.shapes(sizes));
  const layer = new Recurrent({ cell, ...sizes, dtype: 'float64', bidirectional: true });
  const weights = layer.parameters();

  /** Output rows and final states as a function of the input, the initial states and all weights. */
  const run =
    (batchSizes: number[], reverse: boolean) =>
    (x: Tensor, ...rest: Tensor[]): Tensor[] => {
      const named = (keys: readonly string[], from: number) =>
        Object.fromEntries(keys.map((key, i) => [key, rest[from + i]]));
      const { outputs, finalStates } = scan({
        program: cell.program(sizes),
        schedule: { batchSizes, reverse },
        steps: { x },
        states: named(cell.states, 0),
        parameters: named(names, cell.states.length),
      });
      return [...Object.values(outputs), ...Object.values(finalStates)];
    };
  const operands = (rows: number, batch: number) => [
    draw(rows, sizes.inputSize),
    ...Object.values(cell.stateSizes(sizes)).map((size) => draw(batch, size)),
    ...Object.values(cell.shapes(sizes)).map((shape) => draw(...shape)),
  ];

  test.each([false, true])(
    'has the gradients that differences say, ragged, reversed: %s',
    (reverse) => {
      gradcheck(run([3, 2, 1], reverse), operands(6, 3));
    },
  );

  test('has a derivative program that equals autograd through the replayed steps', () => {
    const inputs = operands(6, 3);
    for (const x of inputs) x.requiresGrad = true;
    const total = () =>
      run([3, 2, 1], false)(inputs[0], ...inputs.slice(1))
        .map((y) => sum(mul(y, y)))
        .reduce((a, b) => add(a, b));
    const derived = grad(total(), inputs);
    const replayed = grad(total(), inputs, { createGraph: true });
    for (const [i, gradient] of derived.entries()) expectClose(gradient, replayed[i], 1e-12);
    const constant = replayed.filter((gradient) => !gradient.requiresGrad);
    // Only of what no equation reads, such as an SRU's old h.
    expect(constant.flatMap((gradient) => [...gradient.dataSync()]).every((g) => g === 0)).toBe(
      true,
    );
  });

  test('has the second derivatives that differences say, at 3 steps × 2 sequences × 4 units', () => {
    gradgradcheck(run([2, 2, 2], false), operands(6, 2));
  });

  test('gives a ragged batch the sum of what single sequences give: loss and gradients', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        (lengths) => {
          const parts = lengths.map((n) => draw(n, sizes.inputSize));
          const lossOf = (list: Tensor[]) => {
            const { output, state } = layer.forward(Sequence.fromArrays(list));
            const last = state[0][cell.states[0]] as Tensor;
            return add(sum(mul(output.rows, output.rows)), sum(last));
          };
          const together = lossOf(parts);
          const alone = parts.map((part) => lossOf([part])).reduce((a, b) => add(a, b));
          expectClose(together, alone, 1e-12);
          const [ours, theirs] = [grad(together, weights), grad(alone, weights)];
          for (const [i, gradient] of ours.entries()) expectClose(gradient, theirs[i], 1e-12);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('gives step by step what it gives for whole sequences, to float32 rounding', () => {
    const [batch, time, size] = [3, 9, 16];
    const model = new Recurrent({ cell, inputSize: size, hiddenSize: size, numLayers: 2 });
    const x = randomStream('stream.test').normal([batch, time, size]);
    const whole = model.forward(Sequence.fromBatch(x)).output.toBatch();
    const live = stream(model);
    for (let t = 0; t < time; t++) {
      const step = (y: Tensor) =>
        reshape(slice(y, { axis: 1, from: t, to: t + 1 }), [batch, y.shape[2]]);
      expectClose(live.step(step(x)), step(whole), roundingTolerance(size, t + 1));
    }
  });

  test('has as many parameters as its program says, with and without bias', () => {
    for (const bias of [true, false]) {
      const one = new Recurrent({ cell, inputSize: 3, hiddenSize: 5, bias });
      const count = one.parameters().reduce((n, p) => n + p.size, 0);
      expect(describeCell(cell, { inputSize: 3, hiddenSize: 5, bias }).parameters).toBe(count);
    }
  });
});
