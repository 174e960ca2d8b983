import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillCase, fillCotangents, numbers } from '../testing/fill-case.ts';
import { trialCells } from '../testing/hard-cells.ts';
import { randomScans } from '../testing/random-programs.ts';
import {
  type Cotangents,
  differences,
  directional,
  type InputKind,
  inputKinds,
  type Named,
  runCase,
  type ScanCase,
} from '../testing/scan-case.ts';
import { addSingle, singleCase } from '../testing/single-cases.ts';
import { relativeError, roundingTolerance, tolerances } from '../testing/tolerances.ts';
import { reference } from './reference.ts';

const backend = reference();

function expectAllClose(actual: Named, expected: Named, tolerance: number): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    expect(relativeError(actual[name], values), name).toBeLessThanOrEqual(tolerance);
  }
}

/** The gradients of a batch as the sum over its sequences, each run alone. */
async function sumOfSingles(all: ScanCase, cotangents: Cotangents): Promise<Named> {
  const sum: Record<string, Float64Array> = {};
  for (let i = 0; i < all.schedule.batchSizes[0]; i++) {
    const single = singleCase(all, cotangents, i);
    const { gradients } = await runCase(single.test, backend, 'float64', single.cotangents);
    addSingle(sum, gradients, all, i);
  }
  return sum;
}

describe.each(Object.entries(trialCells))('%s', (_, cell) => {
  describe.each([false, true])('reverse: %s', (reverse) => {
    const all = fillCase(cell(), { lengths: [4, 2, 2, 1], reverse, sources: [2, 3, 1, 2] }, 7);
    const cotangents = fillCotangents(all, 7);

    test('the derivative program equals central differences for every input', async () => {
      const { gradients } = await runCase(all, backend, 'float64', cotangents);
      expectAllClose(gradients, await differences(all, backend, cotangents), tolerances.gradcheck);
    });

    test('the gradients of a ragged batch are the sum over its sequences run alone', async () => {
      const { gradients } = await runCase(all, backend, 'float64', cotangents);
      const singles = await sumOfSingles(all, cotangents);
      expectAllClose(gradients, singles, roundingTolerance(16, 4, 'float64'));
    });

    test('final states of a ragged batch are each sequence’s own', async () => {
      const { values } = await runCase(all, backend, 'float64');
      for (let i = 0; i < 4; i++) {
        const alone = await runCase(singleCase(all, cotangents, i).test, backend, 'float64');
        for (const { name, size } of all.program.states) {
          const own = values[`states.${name}`].subarray(i * size, (i + 1) * size);
          expect(own).toEqual(alone.values[`states.${name}`]);
        }
      }
    });

    test('float32 equals float64 to rounding', async () => {
      const narrow = await runCase(all, backend, 'float32', cotangents);
      const wide = await runCase(all, backend, 'float64', cotangents);
      expectAllClose(narrow.values, wide.values, roundingTolerance(16, 4));
      expectAllClose(narrow.gradients, wide.gradients, roundingTolerance(16, 4));
    });
  });
});

describe('random programs', () => {
  const runs = { numRuns: 60, seed: 2026 };

  test('have the derivative that differences find along random directions', async () => {
    await fc.assert(
      fc.asyncProperty(randomScans(), async ({ test: all, cotangents }) => {
        const { gradients } = await runCase(all, backend, 'float64', cotangents);
        for (const kind of inputKinds) {
          for (const name of Object.keys(all.inputs[kind])) {
            await expectDirection(all, cotangents, [kind, name], gradients);
          }
        }
      }),
      runs,
    );
  });

  test('have the gradients of a ragged batch as the sum over its sequences run alone', async () => {
    await fc.assert(
      fc.asyncProperty(randomScans(), async ({ test: all, cotangents }) => {
        const { gradients } = await runCase(all, backend, 'float64', cotangents);
        expectAllClose(gradients, await sumOfSingles(all, cotangents), 1e-12);
      }),
      runs,
    );
  });
});

async function expectDirection(
  all: ScanCase,
  cotangents: Cotangents,
  input: readonly [InputKind, string],
  gradients: Named,
): Promise<void> {
  const next = numbers(input[1].length);
  const gradient = gradients[input.join('.')];
  const direction = gradient.map(next);
  const found = await directional(all, backend, cotangents, input, direction);
  const stated = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
  const scale = Math.max(1, ...gradient.map(Math.abs));
  expect(Math.abs(stated - found), input.join('.')).toBeLessThanOrEqual(
    tolerances.gradcheck * scale,
  );
}
