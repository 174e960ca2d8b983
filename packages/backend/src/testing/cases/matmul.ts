import * as fc from 'fast-check';
import type { Memory } from '../../contract/backend.ts';
import type { Bench } from '../bench.ts';
import type { Suite } from '../suite.ts';

interface Product {
  readonly batchA: number;
  readonly batchB: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const plain = { batchA: 1, batchB: 1, transposeA: false, transposeB: false };

function multiply(bench: Bench, product: Product): Memory {
  const { batchA, batchB, m, k, n, transposeA, transposeB } = product;
  const a = bench.random([batchA, ...(transposeA ? [k, m] : [m, k])]);
  const b = bench.random([batchB, ...(transposeB ? [n, k] : [k, n])]);
  return bench.kernels.matmul(a, b, transposeA, transposeB);
}

const batches = fc.constantFrom([1, 1], [3, 3], [1, 3], [3, 1]);
const size = fc.integer({ min: 1, max: 9 });

export function matmulCases(suite: Suite): void {
  suite.agreeForAll(
    'matmul: any sizes, batches and transpositions',
    { sum: 9 },
    fc.tuple(batches, fc.record({ m: size, k: size, n: size }), fc.boolean(), fc.boolean()),
    (bench, [[batchA, batchB], sizes, transposeA, transposeB]) =>
      multiply(bench, { batchA, batchB, ...sizes, transposeA, transposeB }),
  );

  for (const [m, k, n] of [
    [1, 1, 1],
    [1, 64, 65],
    [65, 64, 1],
    [33, 1, 17],
    [3, 1025, 5],
    [40, 1025, 70],
    [31, 37, 29],
  ]) {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const flags = `${transposeA ? 'ᵀ' : ''}·${transposeB ? 'ᵀ' : ''}`;
      suite.agree(`matmul: [${m}, ${k}]${flags}[${k}, ${n}]`, { sum: k }, (bench) =>
        multiply(bench, { batchA: 1, batchB: 1, m, k, n, transposeA, transposeB }),
      );
    }
  }

  suite.agree('matmul: an inner size of 0 gives zeros', {}, (bench) =>
    multiply(bench, { ...plain, m: 3, k: 0, n: 4 }),
  );
  suite.agree('matmul: a size of 0 gives nothing', {}, (bench) => [
    multiply(bench, { ...plain, m: 0, k: 3, n: 4 }),
    multiply(bench, { ...plain, m: 2, k: 3, n: 0 }),
    multiply(bench, { ...plain, batchA: 0, batchB: 0, m: 2, k: 3, n: 4 }),
  ]);
  suite.agree('matmul: whole numbers', { dtypes: ['int32'] }, (bench) =>
    multiply(bench, { ...plain, m: 5, k: 7, n: 6 }),
  );
  suite.agree('matmul: NaN and infinity reach the elements they belong to', {}, (bench) => {
    const a = bench.operand([1, 2, 2], [Number.NaN, 1, Number.POSITIVE_INFINITY, 1]);
    return bench.kernels.matmul(a, bench.operand([1, 2, 2], [1, 2, 4, 0]), false, false);
  });
}
