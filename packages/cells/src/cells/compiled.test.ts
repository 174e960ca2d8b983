import { reference } from '@unroll/backend';
import { roundingTolerance } from '@unroll/backend/testing';
import {
  add,
  addAll,
  grad,
  manualSeed,
  mul,
  randomStream,
  scan,
  sum,
  type Tensor,
  type Tensors,
  tensor,
  useBackend,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cell } from '../cell/define-cell.ts';
import { cells } from './names.ts';

// Compiled equals interpreted, for every cell that the package exports: values and all gradients, to float32 rounding.

interface Run {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  /** Living sequences of each step. */
  readonly batchSizes: number[];
  readonly reverse: boolean;
  readonly seed: number;
}

const runs: fc.Arbitrary<Run> = fc.record({
  // With one input a layer norm takes away all that there is: the gradient at it is rounding.
  inputSize: fc.integer({ min: 2, max: 9 }),
  hiddenSize: fc.integer({ min: 4, max: 21 }),
  bias: fc.boolean(),
  batchSizes: fc
    .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 })
    .map((sizes) => sizes.sort((a, b) => b - a)),
  reverse: fc.boolean(),
  seed: fc.nat(1000),
});

test.each(Object.entries(cells))('%s gives compiled what it gives interpreted', (_, cell) => {
  fc.assert(
    fc.property(runs, (run) => {
      const compiled = valuesOf(cell, run);
      const before = useBackend(reference());
      try {
        const interpreted = valuesOf(cell, run);
        expect(compiled.length).toBe(interpreted.length);
        const rows = run.batchSizes.reduce((a, b) => a + b);
        const longest = Math.max(4 * run.hiddenSize, run.inputSize + run.hiddenSize, rows);
        const tolerance = roundingTolerance(longest, run.batchSizes.length);
        for (const [i, value] of compiled.entries()) expectClose(value, interpreted[i], tolerance);
      } finally {
        useBackend(before);
      }
    }),
    // A row of a layer norm that hardly varies is rounding, so which rows are drawn is fixed.
    { numRuns: 25, seed: 2026 },
  );
});

/** Outputs, final states and the gradients of their squares, of numbers that the seed draws. */
function valuesOf(cell: Cell, { batchSizes, reverse, seed, ...sizes }: Run): Tensor[] {
  const [batch] = batchSizes;
  const rows = batchSizes.reduce((a, b) => a + b);
  manualSeed(seed);
  const draws = randomStream('compiled.test');
  // A matrix whose squares sum to 0.81 at most has no spectral norm above 0.9.
  const draw = (shape: readonly number[], scale = 1) =>
    tensor(draws.uniform(shape, { low: -scale, high: scale }).dataSync(), {
      shape,
      requiresGrad: true,
    });
  const shapes = Object.entries(cell.shapes(sizes));
  const states: Tensors = Object.fromEntries(
    Object.entries(cell.stateSizes(sizes)).map(([name, size]) => [name, draw([batch, size])]),
  );
  const parameters: Tensors = Object.fromEntries(
    shapes.map(([name, shape]) => [
      name,
      draw(shape, shape.length === 1 ? 1 : 0.9 / Math.sqrt(shape[0] * shape[1])),
    ]),
  );
  const x = draw([rows, sizes.inputSize]);
  const { outputs, finalStates } = scan({
    program: cell.program(sizes),
    schedule: { batchSizes, reverse },
    steps: { x },
    states,
    parameters,
  });
  const values = [...Object.values(outputs), ...Object.values(finalStates)];
  const loss = addAll(values.map((y) => sum(add(y, mul(y, y)))));
  return [...values, ...grad(loss, [x, ...Object.values(states), ...Object.values(parameters)])];
}
