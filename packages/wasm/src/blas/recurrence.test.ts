import { relativeError, roundingTolerance } from '@unroll/backend/testing';
import { describe, expect, test } from 'vitest';
import { makeMachine } from '../machine/make-machine.ts';
import { gru, layerNormLstm, lstm } from '../testing/cells.ts';
import { fakeLibrary } from '../testing/fake-library.ts';
import { openBlas } from '../testing/open-blas.ts';
import { runProgram } from '../testing/run-program.ts';
import { backendOn } from '../wasm.ts';

const real = openBlas();
const cells = { LSTM: lstm, GRU: gru, layerNormLstm };
// More sequences than one call has, and more rows; steps that few sequences reach.
const ragged = Array.from({ length: 21 }, (_, i) => 15 - Math.floor(i / 2));
const wide = Array.from({ length: 70 }, (_, i) => 6 - Math.floor(i / 30));
const shapes = { ragged, wide, 'a few': [9, 9, 8, 8, 8, 8, 8, 7, 2] };

const plain = backendOn(makeMachine({ simd: 'plain' }));

for (const [name, library] of Object.entries({ fake: fakeLibrary(), OpenBLAS: real })) {
  describe.skipIf(library === undefined)(`recurrences by a library (${name})`, () => {
    const backend = backendOn(makeMachine({ simd: 'plain', library }));
    for (const [cellName, cell] of Object.entries(cells)) {
      test(`${cellName}: outputs and gradients agree with WebAssembly`, () => {
        const program = cell(24, 40);
        for (const [shape, lengths] of Object.entries(shapes)) {
          for (const reverse of [false, true]) {
            const actual = runProgram(backend, program, { lengths, reverse });
            const expected = runProgram(plain, program, { lengths, reverse });
            expect(Object.keys(actual)).toEqual(Object.keys(expected));
            for (const [key, values] of Object.entries(actual)) {
              const error = relativeError(values, expected[key]);
              const rows = lengths.reduce((a, b) => a + b, 0);
              expect(error, `${shape} ${key}`).toBeLessThanOrEqual(
                roundingTolerance(rows, lengths[0]),
              );
            }
          }
        }
      });
    }
  });
}

test('a library computes the products of both runs, and few sequences are not worth a call', () => {
  const library = fakeLibrary();
  const backend = backendOn(makeMachine({ simd: 'plain', library }));
  const callsOf = (lengths: readonly number[]) => {
    const before = library.calls;
    runProgram(backend, lstm(32, 64), { lengths });
    return library.calls - before;
  };
  const steps = 10;
  const calls = callsOf(Array.from({ length: 16 }, () => steps));
  // Twice eight sequences: forward one recurrent product a step, backward another; the input product in two calls of 128
  // rows, its gradient in two; dW and dU in four tiles of 64 columns each.
  expect(calls).toBe(2 * steps + 2 * steps + 2 + 2 + 4 + 4);
  // All steps at once are still large: the input product and its gradient, and what is summed over time.
  expect(callsOf([100])).toBe(1 + 1 + 4 + 4);
  expect(callsOf([4, 3])).toBe(0);
});

describe.skipIf(real === undefined)('OpenBLAS on several threads', async () => {
  const backendWith = async (threads: number) => {
    const options = { simd: 'plain', threads, shareFrom: 0, library: real } as const;
    const backend = backendOn(makeMachine(options));
    expect(await backend.ready()).toBe(threads > 1);
    return backend;
  };
  const [one, ...several] = real ? await Promise.all([1, 2, 4].map(backendWith)) : [];

  for (const [cellName, cell] of Object.entries(cells)) {
    for (const [shape, lengths] of Object.entries(shapes)) {
      test(`${cellName}, ${shape}: the same bits on 1, 2 and 4 threads`, () => {
        // Sizes that are no multiples of what is taken at once.
        const program = cell(37, 75);
        for (const reverse of [false, true]) {
          const expected = runProgram(one, program, { lengths, reverse });
          for (const backend of several) {
            expect(runProgram(backend, program, { lengths, reverse })).toEqual(expected);
          }
        }
      });
    }
  }
});
