import { Worker } from 'node:worker_threads';
import { relativeError, roundingTolerance } from '@unroll/backend/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeLibrary } from '../testing/fake-library.ts';
import { openBlas } from '../testing/open-blas.ts';
import { type Blas, blasOver } from './blas.ts';
import type { Library } from './library.ts';

const real = openBlas();
const kinds: Readonly<Record<string, Library | undefined>> = {
  'a fake library': fakeLibrary(),
  OpenBLAS: real,
};

const memoryOf = (shared: boolean) => new WebAssembly.Memory({ initial: 2, maximum: 1000, shared });

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Floats between rows. */
  readonly gap: number;
  readonly beta: number;
}

const size = fc.integer({ min: 1, max: 24 });
const cases: fc.Arbitrary<Case> = fc.record({
  m: size,
  n: size,
  k: size,
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  gap: fc.nat(3),
  beta: fc.constantFrom(0, 1),
});

/** Computes one case in the memory and in doubles: result, and all floats around it. */
function expectProduct(blas: Blas, memory: WebAssembly.Memory, given: Case): void {
  const { m, n, k, transposeA, transposeB, gap, beta } = given;
  const [lda, ldb, ldc] = [(transposeA ? m : k) + gap, (transposeB ? k : n) + gap, n + gap];
  const [a, b, c] = [64, 4096, 8192];
  const floats = new Float32Array(memory.buffer);
  for (let i = 0; i < 4096; i++) floats[i] = Math.fround(((i * 7919) % 1013) / 1013 - 0.5);
  // With beta 0 what was there must not be read.
  if (beta === 0) floats[c / 4] = Number.NaN;
  const before = floats.slice(0, 4096);
  const expected = before.slice();
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        const left = before[a / 4 + (transposeA ? i * lda + row : row * lda + i)];
        sum += left * before[b / 4 + (transposeB ? column * ldb + i : i * ldb + column)];
      }
      const at = c / 4 + row * ldc + column;
      expected[at] = beta === 0 ? sum : before[at] + sum;
    }
  }
  blas.gemm(transposeA, transposeB, m, n, k, a, lda, b, ldb, beta, c, ldc);
  const region = (all: Float32Array) => all.slice(c / 4, c / 4 + m * ldc);
  expect(relativeError(region(floats), region(expected))).toBeLessThanOrEqual(roundingTolerance(k));
  // What lies between and around the rows of the result is as it was.
  const written = before.map((x, i) => {
    const [row, column] = [Math.floor((i - c / 4) / ldc), (i - c / 4) % ldc];
    return row >= 0 && row < m && column < n ? floats[i] : x;
  });
  expect(floats.slice(0, 4096)).toEqual(written);
}

for (const [name, library] of Object.entries(kinds)) {
  describe.skipIf(library === undefined)(name, () => {
    for (const shared of [false, true]) {
      test(`multiplies in place in ${shared ? 'shared' : 'unshared'} memory: transpositions, strides, sums`, () => {
        const memory = memoryOf(shared);
        const blas = blasOver(library!, memory);
        fc.assert(fc.property(cases, (given) => expectProduct(blas, memory, given)));
      });

      test(`finds ${shared ? 'shared' : 'unshared'} memory again that has grown`, () => {
        const memory = memoryOf(shared);
        const blas = blasOver(library!, memory);
        const given = { m: 9, n: 7, k: 5, transposeA: false, transposeB: true, gap: 1, beta: 1 };
        expectProduct(blas, memory, given);
        memory.grow(900);
        expectProduct(blas, memory, given);
        const last = memory.buffer.byteLength - 4;
        const floats = new Float32Array(memory.buffer);
        floats.set([3, 2], 16);
        blas.gemm(false, false, 1, 1, 1, 64, 1, 68, 1, 0, last, 1);
        expect(floats.at(-1)).toBe(6);
      });
    }

    test('refuses what does not lie inside the memory', () => {
      const memory = memoryOf(false);
      const blas = blasOver(library!, memory);
      const end = memory.buffer.byteLength;
      const gemm = (a: number, lda: number, c: number) => () =>
        blas.gemm(false, false, 2, 2, 2, a, lda, 64, 2, 0, c, 2);
      expect(gemm(0, 2, end - 16)).not.toThrow();
      expect(gemm(0, 2, end - 12)).toThrow(RangeError);
      expect(gemm(-4, 2, 128)).toThrow(RangeError);
      expect(gemm(end - 16, 4, 128)).toThrow('2 × 2 floats at');
      expect(gemm(0, 1, 128)).toThrow(RangeError);
    });

    test('leaves a result without rows alone', () => {
      const memory = memoryOf(false);
      const blas = blasOver(library!, memory);
      expect(() => blas.gemm(false, false, 0, 4, 4, 0, 4, 0, 4, 0, 0, 4)).not.toThrow();
    });
  });
}

describe.skipIf(real === undefined)('OpenBLAS on several threads', () => {
  test('computes in shared memory, on each thread its rows, with the bits of one thread', async () => {
    const memory = new WebAssembly.Memory({ initial: 32, maximum: 64, shared: true });
    const blas = blasOver(real!, memory);
    const [rows, n, k, a, b, c] = [64, 96, 200, 64, 65_536, 262_144];
    const floats = new Float32Array(memory.buffer);
    for (let i = 0; i < c / 4; i++) floats[i] = ((i * 7919) % 1013) / 1013 - 0.5;
    const multiply = (from: number, to: number) =>
      blas.gemm(false, false, to - from, n, k, a + 4 * from * k, k, b, n, 0, c + 4 * from * n, n);
    const result = () => floats.slice(c / 4, c / 4 + rows * n);
    for (let from = 0; from < rows; from += 16) multiply(from, from + 16);
    const expected = result();
    floats.fill(0, c / 4, c / 4 + rows * n);
    const source = (name: string) => new URL(name, import.meta.url).href;
    const script = `
      import { workerData } from 'node:worker_threads';
      import { findLibrary } from '${source('./find-library.ts')}';
      import { blasOver } from '${source('./blas.ts')}';
      const { memory, path, calls } = workerData;
      const blas = blasOver(findLibrary(path), memory);
      for (const call of calls) blas.gemm(...call);`;
    const workers = [0, 1, 2, 3].map((i) => {
      const from = 16 * i;
      const places = [a + 4 * from * k, k, b, n, 0, c + 4 * from * n, n];
      const calls = Array.from({ length: 200 }, () => [false, false, 16, n, k, ...places]);
      const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
      const execArgv = ['--conditions=@unroll/source'];
      return new Worker(url, { execArgv, workerData: { memory, path: real!.path, calls } });
    });
    await Promise.all(
      workers.map(
        (worker) => new Promise((done, fail) => worker.on('error', fail).on('exit', done)),
      ),
    );
    expect(result()).toEqual(expected);
  });
});
