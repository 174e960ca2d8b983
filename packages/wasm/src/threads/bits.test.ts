import { expect, test } from 'vitest';
import { makeMachine } from '../machine/make-machine.ts';
import { gru, layerNormLstm, lstm } from '../testing/cells.ts';
import { runProgram } from '../testing/run-program.ts';
import { backendOn, type WasmBackend } from '../wasm.ts';

async function backendWith(threads: number): Promise<WasmBackend> {
  const backend = backendOn(makeMachine({ simd: 'relaxed', threads, shareFrom: 0 }));
  expect(await backend.ready()).toBe(threads > 1);
  return backend;
}

const one = await backendWith(1);
const several = await Promise.all([2, 4].map(backendWith));

const even = Array.from({ length: 9 }, () => 7);
const ragged = [12, 11, 11, 7, 5, 5, 2, 1, 1, 1];
// More rows than the sums over time take at once, and more memory than the first runs have needed.
const long = Array.from({ length: 13 }, (_, i) => 60 - 2 * i);

for (const [name, cell] of Object.entries({ LSTM: lstm, GRU: gru, layerNormLstm })) {
  for (const [shape, lengths] of Object.entries({ even, ragged, long, single: [5] })) {
    for (const reverse of [false, true]) {
      test(`${name}, ${shape} lengths${reverse ? ', backwards' : ''}: the same bits on 1, 2 and 4 threads`, () => {
        // Sizes that fill no panel of eight columns.
        const program = cell(5, 21);
        const expected = runProgram(one, program, { lengths, reverse });
        for (const backend of several) {
          expect(runProgram(backend, program, { lengths, reverse })).toEqual(expected);
        }
      });
    }
  }
}

test('memory that one thread makes longer is longer for all', () => {
  const program = layerNormLstm(40, 120);
  const lengths = Array.from({ length: 24 }, () => 40);
  const expected = runProgram(one, program, { lengths });
  for (const backend of several) {
    const before = backend.memory().used;
    expect(runProgram(backend, program, { lengths })).toEqual(expected);
    expect(backend.memory().used).toBeGreaterThan(before);
  }
});
