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
const holed = (holes: Record<string, string>, reduce: Kernels['reduce']) => {
  const backend = reference();
  return new Suite(() => ({ ...backend, kernels: { ...backend.kernels, reduce } }), holes);
};

test('a case that is a hole says why, and is run like the others', async () => {
  const suite = holed(wrongTotal, () => memoryOf(new Float32Array(7)));
  suite.agree('the total', { dtypes: ['float32'] }, total);
  suite.checkHoles();
  const [hole, declared] = suite.cases;
  expect(hole.hole).toBe(wrongTotal['the total']);
  await expect(hole.run()).rejects.toThrow('must be {"dtype":"float32","length":4}');
  await declared.run();
});

test('a kernel that a backend does not answer is a hole where it says why, else a failure', async () => {
  const backend = reference();
  const { softmax: _, ...fused } = backend.fused;
  const suites = [{ softmax: 'on purpose' }, undefined].map(
    (absent) => new Suite(() => ({ ...backend, fused, absent }), {}, absent),
  );
  for (const suite of suites) {
    suite.agree('softmax', { needs: 'softmax' }, (bench) =>
      bench.fused.softmax!(bench.random([3])),
    );
  }
  const [[declared], [silent]] = suites.map(({ cases }) => cases);
  expect(declared.hole).toBe('on purpose');
  await expect(declared.run()).rejects.toThrow('reference does not answer softmax: on purpose');
  expect(silent.hole).toBeUndefined();
  await expect(silent.run()).rejects.toThrow('does not answer softmax: absent does not say why');
});

test('a hole without a case, and one without a reason, are refused', async () => {
  const wrong: Record<string, string>[] = [{ 'no such case': 'a reason' }, { 'the total': ' ' }];
  for (const holes of wrong) {
    const suite = holed(holes, kernels.reduce);
    suite.agree('the total', { dtypes: ['float32'], sum: 3 }, total);
    suite.checkHoles();
    await expect(suite.cases[1].run()).rejects.toThrow();
  }
});
