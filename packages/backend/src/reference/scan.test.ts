import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Memory, Operand } from '../contract/backend.ts';
import type { TypedArray } from '../contract/dtype.ts';
import { AutogradError, DTypeError } from '../contract/errors.ts';
import { allGradients } from '../program/derive.ts';
import type { Scan } from '../program/scan.ts';
import { fillCase, fillCotangents, numbers } from '../testing/fill-case.ts';
import { attentionDecoder, trialCells } from '../testing/hard-cells.ts';
import { randomScans } from '../testing/random-programs.ts';
import {
  type Cotangents,
  callOf,
  differences,
  directional,
  type Filled,
  type InputKind,
  inputKinds,
  mapped,
  type Named,
  replaced,
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

  test('give in their normal form what they give as written', async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(randomScans(), async ({ test: all, asWritten, cotangents }) => {
        if (all.program.values.length !== asWritten.program.values.length) changed++;
        const normal = await runCase(all, backend, 'float64', cotangents);
        const written = await runCase(asWritten, backend, 'float64', cotangents);
        expectAllClose(normal.values, written.values, 1e-12);
        expectAllClose(normal.gradients, written.gradients, 1e-12);
      }),
      runs,
    );
    expect(changed).toBeGreaterThan(10);
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

/** The gradients of every second input alone, with all saved or only what those need, are the same bits. */
test('asking for fewer gradients changes none of those asked for', async () => {
  await fc.assert(
    fc.asyncProperty(randomScans(), fc.nat(1), async ({ test: all, cotangents }, parity) => {
      const { gradients } = await runCase(all, backend, 'float64', cotangents);
      const every = allGradients(all.program);
      const half = (names: readonly string[]) => names.filter((_, i) => i % 2 === parity);
      const wanted = {
        steps: half(every.steps),
        states: half(every.states),
        sequences: half(every.sequences),
        memories: half(every.memories),
        parameters: half(every.parameters),
      };
      for (const save of [true, wanted] as const) {
        const asked = { wanted, save };
        const some = await runCase(all, backend, 'float64', cotangents, asked);
        expect(Object.keys(some.gradients).length).toBeLessThan(Object.keys(gradients).length);
        for (const [name, gradient] of Object.entries(some.gradients)) {
          expect(gradient, name).toEqual(gradients[name]);
        }
      }
    }),
    { numRuns: 60, seed: 2026 },
  );
});

describe('a call', () => {
  const small = fillCase(
    attentionDecoder(),
    { lengths: [2, 1], reverse: false, sources: [2, 1] },
    1,
  );
  const call = callOf(small, backend, 'float64');
  const scan = (change: Partial<Scan>) => () => backend.kernels.scan({ ...call, ...change });
  const { kernels } = backend;

  test('can watch any value at all steps, and its gradient', async () => {
    const result = kernels.scan({ ...call, watch: ['query', 'h[t-1]'] });
    expect(result.watched.query.length).toBe(3 * 2);
    const old = await read(result.watched['h[t-1]']);
    expect(old.subarray(0, 8)).toEqual(small.inputs.states.h.values);
    const cotangents = fillCotangents(small, 3);
    const upload = ({ values, shape }: Filled): Operand => ({
      memory: backend.upload(values),
      offset: 0,
      shape,
      dtype: 'float64',
    });
    const gradients = kernels.scanBackward({
      forward: call,
      saved: kernels.scan(call).saved,
      outputs: mapped(cotangents.outputs, upload),
      finalStates: {},
      watch: ['h', 'x'],
      wanted: { steps: [], states: [], sequences: [], memories: [], parameters: [] },
    });
    expect(Object.keys(gradients.watched)).toEqual(['h', 'x']);
    const all = await runCase(small, backend, 'float64', { ...cotangents, finalStates: {} });
    expect(await read(gradients.watched.x)).toEqual(all.gradients['steps.x']);
  });

  test('without cotangents has gradients of zero', async () => {
    const none = { outputs: {}, finalStates: {} };
    const { gradients } = await runCase(small, backend, 'float64', none);
    for (const values of Object.values(gradients)) expect(values.every((x) => x === 0)).toBe(true);
  });

  test('keeps nothing that was not asked for', () => {
    expect(kernels.scan({ ...call, save: false }).saved).toBeUndefined();
    const backward = () =>
      kernels.scanBackward({
        forward: { ...call, save: false },
        saved: undefined,
        outputs: {},
        finalStates: {},
        watch: [],
        wanted: allGradients(call.program),
      });
    expect(backward).toThrow(AutogradError);
    expect(backward).toThrow("attention-decoder: the forward run did not keep '");
  });

  test('that does not fit its program is an error that names the input', () => {
    const { x } = call.steps;
    expect(scan({ steps: {} })).toThrow("attention-decoder: no operand for 'x' among its steps");
    const longer = { ...x, memory: backend.upload(new Float64Array(12)), shape: [4, 3] };
    expect(scan({ steps: { x: longer } })).toThrow(
      "'x' must have 9 elements; got [4, 3], which has 12",
    );
    expect(scan({ schedule: { batchSizes: [1, 2], reverse: false } })).toThrow(
      'scan: batch sizes must fall and be 1 at least; got 1, 2',
    );
    expect(scan({ lengths: { encoder: [3, 1] } })).toThrow(
      "the source 'encoder' needs 2 lengths from 0 to 2; got 3, 1",
    );
    expect(scan({ watch: ['nobody'] })).toThrow("cannot watch 'nobody'; its values are x, h[t-1]");
    const mixed = { ...x, memory: backend.upload(new Float32Array(9)), dtype: 'float32' as const };
    expect(scan({ steps: { x: mixed } })).toThrow(DTypeError);
  });

  test('reads nothing of a memory beyond its length', async () => {
    const memory = small.inputs.memories.memory.values.slice();
    memory.fill(Number.NaN, 9, 12);
    const spoiled = replaced(small, 'memories', 'memory', memory);
    const cotangents = fillCotangents(small, 3);
    const clean = await runCase(small, backend, 'float64', cotangents);
    expect(await runCase(spoiled, backend, 'float64', cotangents)).toEqual(clean);
  });
});

async function read(memory: Memory): Promise<TypedArray> {
  return backend.read({ memory, offset: 0, shape: [memory.length], dtype: memory.dtype });
}

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
