import { type Operand, reference, table } from '@unroll/backend';
import { relativeError, roundingTolerance } from '@unroll/backend/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeMachine } from '../machine/make-machine.ts';
import { detectSimd } from '../machine/simd.ts';
import { MemoryError } from '../memory/memory-error.ts';
import { operandsOf, read } from '../testing/operands.ts';
import { backendOn, wasm } from '../wasm.ts';

const machine = makeMachine({ simd: detectSimd() });
const backend = backendOn(machine);
const host = reference();

const operand = operandsOf(backend);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, sum: number): void {
  expect(relativeError(actual, expected)).toBeLessThanOrEqual(roundingTolerance(sum));
}

test('products with many blocks of rows and of k agree with the reference, all transpositions', () => {
  for (const [m, k, n] of [
    [200, 700, 30],
    [1, 1300, 70],
    [7, 1030, 33],
  ]) {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const a = operand([1, ...(transposeA ? [k, m] : [m, k])]);
      const b = operand([1, ...(transposeB ? [n, k] : [k, n])]);
      const y = backend.kernels.matmul(a, b, transposeA, transposeB);
      const expected = host.kernels.matmul(a, b, transposeA, transposeB);
      expectClose(read(y), read(expected), k);
    }
  }
});

test('a row of a product has the same bits alone as among others, kept weights or not', () => {
  const [m, k, n] = [13, 600, 75];
  const [a, b] = [operand([1, m, k]), operand([1, k, n])];
  const all = read(backend.kernels.matmul(a, b, false, false));
  for (let round = 0; round < 3; round++) {
    for (let row = 0; row < m; row++) {
      const alone = { ...a, offset: row * k, shape: [1, 1, k] };
      const y = read(backend.kernels.matmul(alone, b, false, false));
      expect(y).toEqual(all.slice(row * n, (row + 1) * n));
    }
  }
});

test('kept weights follow assign', () => {
  const [x, w, other] = [operand([1, 1, 64]), operand([1, 64, 40]), operand([1, 64, 40])];
  const multiply = () => read(backend.kernels.matmul(x, w, false, false));
  const first = multiply();
  expect(multiply()).toEqual(first);
  expect(multiply()).toEqual(first);
  expect(machine.packed.bytes).toBeGreaterThan(0);
  backend.kernels.assign(w, other);
  const second = multiply();
  expect(second).toEqual(read(backend.kernels.matmul(x, other, false, false)));
  expect(multiply()).toEqual(second);
  expect(second).not.toEqual(first);
});

const operands = fc
  .tuple(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }), fc.nat(255))
  .map(([shape, mask]) => ({
    shape,
    first: shape.map((n, axis) => ((mask >> axis) & 1 ? 1 : n)),
    second: shape.map((n, axis) => ((mask >> (4 + axis)) & 1 ? 1 : n)),
  }));

test('broadcasting of any two shapes agrees with the reference to the bit where one rounding is made', () => {
  const few = { pointwise: 0, reduce: 0, matmul: 0 };
  const always = backendOn(makeMachine({ simd: detectSimd(), thresholds: few }));
  fc.assert(
    fc.property(operands, ({ shape, first, second }) => {
      const inputs = [operand(first), operand(second)];
      const [y] = always.kernels.pointwise(table.sub.formula, inputs, shape, 'float32');
      const [expected] = host.kernels.pointwise(table.sub.formula, inputs, shape, 'float32');
      expect(read(y)).toEqual(read(expected));
    }),
    { numRuns: 200, seed: 4 },
  );
});

test('operands of more than one chunk, long and many rows, agree with the reference', () => {
  const { formula } = table.mul;
  for (const [shape, other] of [
    [[50_001], [50_001]],
    [[50_001], [1]],
    [[3, 20_003], [20_003]],
    [
      [3, 20_003],
      [3, 1],
    ],
    [[5003, 7], [7]],
    [
      [5003, 7],
      [5003, 1],
    ],
  ]) {
    const inputs = [operand(shape), operand(other)];
    const [y] = backend.kernels.pointwise(formula, inputs, shape, 'float32');
    const [expected] = host.kernels.pointwise(formula, inputs, shape, 'float32');
    expect(read(y)).toEqual(read(expected));
  }
});

test('softmax of more rows than fit at a time agrees with the reference', () => {
  const x = operand([1500, 77]);
  for (const name of ['softmax', 'logSoftmax'] as const) {
    expectClose(read(backend.fused[name]!(x)), read(host.fused[name]!(x)), 16);
  }
});

test('a tensor too large for the memory limit is refused, and the backend goes on', () => {
  const small = wasm({ memoryLimit: 2 ** 20 });
  const [a, b] = [operand([1, 600, 600]), operand([1, 600, 600])];
  expect(() => small.kernels.matmul(a, b, false, false)).toThrow(MemoryError);
  const [c, d] = [operand([1, 100, 100]), operand([1, 100, 100])];
  const expected = host.kernels.matmul(c, d, false, false);
  expectClose(read(small.kernels.matmul(c, d, false, false)), read(expected), 100);
});

test('memory does not grow from call to call when results have taken their share', () => {
  const small = wasm({ memoryLimit: 2 ** 24, threads: 1 });
  const run = () => {
    const [a, b] = [operand([1, 100, 300]), operand([1, 300, 200])];
    const c = small.kernels.matmul(a, b, false, false);
    const x = { memory: c, offset: 0, shape: [100, 200], dtype: 'float32' } as const;
    small.kernels.pointwise(table.tanh.formula, [x], x.shape, 'float32');
    small.kernels.reduce('sum', x, 0);
  };
  for (let i = 0; i < 20; i++) run();
  const { used } = small.memory();
  for (let i = 0; i < 20; i++) run();
  expect(small.memory().used).toBe(used);
});

test('rows added at ids have the bits of the reference, also where most of a vocabulary is not named', () => {
  const [rows, vocabulary, size] = [500, 3000, 7];
  const chosen = Int32Array.from({ length: rows }, (_, i) => (i * i) % 90);
  const ids: Operand = {
    memory: backend.upload(chosen),
    offset: 0,
    shape: [rows],
    dtype: 'int32',
  };
  const x = operand([rows, size]);
  const shape = [vocabulary, size];
  expect(read(backend.kernels.indexAdd(shape, ids, x, 0))).toEqual(
    read(host.kernels.indexAdd(shape, ids, x, 0)),
  );
});

test('rows at ids are those of the reference, in runs or not, short or long, and so are the sums of many', () => {
  const chosen = fc.array(fc.tuple(fc.nat(19), fc.integer({ min: 1, max: 6 })), { minLength: 1 });
  const sizes = fc.constantFrom(1, 3, 16, 60);
  fc.assert(
    fc.property(chosen, sizes, fc.constantFrom(1, 2), (runs, size, outer) => {
      const list = runs.flatMap(([from, n]) => Array.from({ length: n }, (_, i) => from + i));
      const memory = backend.upload(Int32Array.from(list));
      const ids: Operand = { memory, offset: 0, shape: [list.length], dtype: 'int32' };
      const x = operand([outer, 25, size]);
      expect(read(backend.kernels.indexSelect(x, ids, 1))).toEqual(
        read(host.kernels.indexSelect(x, ids, 1)),
      );
      const rows = operand([list.length, size]);
      expect(read(backend.kernels.indexAdd([25, size], ids, rows, 0))).toEqual(
        read(host.kernels.indexAdd([25, size], ids, rows, 0)),
      );
    }),
  );
});
