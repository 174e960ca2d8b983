import { allGradients, type Program } from '@unroll/backend';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeMachine } from '../machine/make-machine.ts';
import { attentive, gru, layerNormLstm, lstm } from '../testing/cells.ts';
import { programRun, type RunOptions, runProgram } from '../testing/run-program.ts';
import { backendOn, type WasmBackend } from '../wasm.ts';

async function backendWith(threads: number): Promise<WasmBackend> {
  const backend = backendOn(makeMachine({ simd: 'relaxed', threads, shareFrom: 0 }));
  await backend.ready();
  return backend;
}

/** Calls that differ in everything that a form is made for, and in where their memory lies. */
function calls(program: Program): fc.Arbitrary<RunOptions[]> {
  const all = allGradients(program);
  const call = fc.record({
    lengths: fc.constantFrom([3, 3, 3], [3, 2, 1], [2, 2], [1]),
    reverse: fc.boolean(),
    wanted: fc.constantFrom(all, { ...all, steps: [] }, { ...all, states: [], parameters: [] }),
    hold: fc.boolean(),
  });
  return fc.array(call, { minLength: 2, maxLength: 12 });
}

for (const threads of [1, 3]) {
  const used = await backendWith(threads);
  for (const [name, cell] of Object.entries({ lstm, gru, layerNormLstm, attentive })) {
    test(`${name}, ${threads} threads: what calls before a call were like does not show in its results`, () => {
      const program = cell(3, 6);
      fc.assert(
        fc.property(calls(program), (several) => {
          for (const call of several) {
            const fresh = backendOn(makeMachine({ simd: 'relaxed' }));
            expect(runProgram(used, program, call)).toEqual(runProgram(fresh, program, call));
          }
        }),
        { numRuns: 8 },
      );
    });
  }
}

test('like calls have the workers compute what they have kept: nothing is sent but its name', async () => {
  const machine = makeMachine({ simd: 'relaxed', threads: 2, shareFrom: 0 });
  const backend = backendOn(machine);
  await backend.ready();
  const program = lstm(3, 6);
  const run = programRun(backend, program, { lengths: [4, 4] });
  const stringify = JSON.stringify;
  let sent = 0;
  JSON.stringify = ((value: unknown) => {
    if (typeof value === 'object' && value !== null && 'job' in value) sent += 1;
    return stringify(value);
  }) as typeof JSON.stringify;
  try {
    const first = run();
    expect(sent).toBe(2);
    for (let i = 0; i < 3; i++) expect(run()).toEqual(first);
    expect(sent).toBe(2);
  } finally {
    JSON.stringify = stringify;
  }
});
