import { expect, test } from 'vitest';
import { makeMachine } from '../machine/make-machine.ts';
import type { SimdKind } from '../machine/simd.ts';
import { attentive, gru, layerNormLstm, lstm } from '../testing/cells.ts';
import { runProgram } from '../testing/run-program.ts';
import { backendOn, type WasmBackend } from '../wasm.ts';

async function backendWith(threads: number, simd: SimdKind = 'relaxed'): Promise<WasmBackend> {
  const backend = backendOn(makeMachine({ simd, threads, shareFrom: 0 }));
  expect(await backend.ready()).toBe(threads > 1);
  return backend;
}

const one = await backendWith(1);
const several = await Promise.all([
  backendWith(2),
  backendWith(4),
  // Vectors of 256 bits, where the engine has them, calculate the same.
  backendWith(1, 'wide'),
  backendWith(2, 'wide'),
]);

const even = Array.from({ length: 9 }, () => 7);
const ragged = [12, 11, 11, 7, 5, 5, 2, 1, 1, 1];
// More rows than the sums over time take at once, and more memory than the first runs have needed.
const long = Array.from({ length: 13 }, (_, i) => 60 - 2 * i);

for (const [name, cell] of Object.entries({ LSTM: lstm, GRU: gru, layerNormLstm, attentive })) {
  for (const [shape, lengths] of Object.entries({ even, ragged, long, single: [5] })) {
    for (const reverse of [false, true]) {
      test(`${name}, ${shape} lengths${reverse ? ', backwards' : ''}: the same bits on 1, 2 and 4 threads, narrow and wide`, () => {
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

const sizes = [
  [40, 70, 50],
  [61, 1100, 33],
  [9, 5, 130],
] as const;

for (const [m, k, n] of sizes) {
  for (const [transposeA, transposeB] of [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ]) {
    const form = `${transposeA ? 'transposed' : 'plain'} · ${transposeB ? 'transposed' : 'plain'}`;
    test(`a product of ${m} × ${k} × ${n}, ${form}: the same bits on 1, 2 and 4 threads, narrow and wide`, () => {
      const run = (backend: WasmBackend) => {
        const operand = (rows: number, columns: number, seed: number) => ({
          memory: backend.upload(noise(rows * columns, seed)),
          offset: 0,
          shape: [1, rows, columns],
          dtype: 'float32' as const,
        });
        const a = transposeA ? operand(k, m, 1) : operand(m, k, 1);
        const b = transposeB ? operand(n, k, 2) : operand(k, n, 2);
        const memory = backend.kernels.matmul(a, b, transposeA, transposeB);
        return backend.readSync?.({ memory, offset: 0, shape: [1, m, n], dtype: 'float32' });
      };
      const expected = run(one);
      expect(expected?.length).toBe(m * n);
      for (const backend of several) expect(run(backend)).toEqual(expected);
    });
  }
}

test('attention, forward and backward: the same bits on 1, 2 and 4 threads, narrow and wide', () => {
  const lengths = [70, 33, 33, 5];
  const starts = [0];
  for (let t = 0; t < lengths[0]; t++) {
    starts.push(starts[t] + lengths.filter((n) => n > t).length);
  }
  const places = { lengths, starts, positions: [0, 1, 2, 3] };
  const rows = starts[lengths[0]];
  const sight = { causal: true, window: Infinity, heads: 6, kvHeads: 3, scale: 0.4 };
  const run = (backend: WasmBackend) => {
    const operand = (columns: number, seed: number) => ({
      memory: backend.upload(noise(rows * columns, seed)),
      offset: 0,
      shape: [rows, columns],
      dtype: 'float32' as const,
    });
    const [q, k, v, dy] = [operand(30, 1), operand(15, 2), operand(21, 3), operand(42, 4)];
    const call = { q, k, v, queries: places, keys: places, ...sight };
    const [output, mass] = backend.fused.attention!(call);
    const made = (memory: typeof output, columns: number) => ({
      ...{ memory, offset: 0, shape: [rows, columns], dtype: 'float32' as const },
    });
    const [y, logMass] = [made(output, 42), made(mass, 6)];
    const slopes = backend.fused.attentionBackward!(call, y, logMass, dy);
    const all = [y, logMass, made(slopes[0], 30), made(slopes[1], 15), made(slopes[2], 21)];
    return all.map((x) => backend.readSync?.(x));
  };
  const expected = run(one);
  expect(expected[0]?.length).toBe(rows * 42);
  for (const backend of several) expect(run(backend)).toEqual(expected);
});

/** Numbers between −1 and 1. */
function noise(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.fround(((i + seed) * 0.618034) % 1) * 2 - 1);
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
