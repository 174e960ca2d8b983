import { expect, test } from 'vitest';
import type { Backend, Kernels } from '../contract/backend.ts';
import { allocate } from '../contract/dtype.ts';
import { table } from '../formula/table.ts';
import { memoryOf, valuesOf } from '../reference/memory.ts';
import { reference } from '../reference/reference.ts';
import type { Bench } from './bench.ts';
import { Suite } from './suite.ts';

/** The reference with some kernels replaced. */
function faulty(kernels: Partial<Kernels>): Suite {
  const backend = reference();
  const replaced: Backend = { ...backend, kernels: { ...backend.kernels, ...kernels } };
  return new Suite(() => replaced, {});
}

const { kernels } = reference();
const total = (bench: Bench) => bench.kernels.reduce('sum', bench.random([3, 4]), 0);

test('a right kernel agrees', async () => {
  await faulty({}).compare({ sum: 3 }, total);
});

test('an element that is off by more than the tolerance is caught', async () => {
  const suite = faulty({
    reduce: (kind, x, axis) => {
      const y = kernels.reduce(kind, x, axis);
      valuesOf({ memory: y, offset: 0, shape: [y.length], dtype: y.dtype })[1] *= 1 + 1e-5;
      return y;
    },
  });
  await expect(suite.compare({ sum: 3 }, total)).rejects.toThrow();
});

test('a wrong dtype or length is caught', async () => {
  for (const memory of [memoryOf(allocate('int32', 4)), memoryOf(allocate('float32', 3))]) {
    const suite = faulty({ reduce: () => memory });
    await expect(suite.compare({ dtypes: ['float32'] }, total)).rejects.toThrow();
  }
});

test('NaN where a number belongs, and a number where NaN belongs, are caught', async () => {
  const log = (bench: Bench) =>
    bench.kernels.pointwise(table.log.formula, [bench.operand([2], [-1, 1])], [2], bench.dtype);
  for (const values of [
    [0, 0],
    [Number.NaN, Number.NaN],
  ]) {
    const suite = faulty({ pointwise: () => [memoryOf(new Float32Array(values))] });
    await expect(suite.compare({ dtypes: ['float32'], sum: 1 }, log)).rejects.toThrow();
  }
});

const wrongTotal = { 'the total': 'its sums are of another length on purpose' };
const holed = new Suite(() => {
  const backend = reference();
  const reduce: Kernels['reduce'] = () => memoryOf(new Float32Array(7));
  return { ...backend, kernels: { ...backend.kernels, reduce } };
}, wrongTotal);
// Registers a test that passes because the case fails, and would fail if the case passed.
holed.agree('the total', { dtypes: ['float32'] }, total);
holed.checkHoles();
