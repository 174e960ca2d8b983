import { DTypeError, ShapeError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { tensor, zeros } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import * as ops from './arithmetic.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Simpson's rule, as good as float64 allows for so smooth a function. */
function erf(x: number): number {
  const parts = 2000;
  const h = x / parts;
  let total = 0;
  for (let i = 0; i <= parts; i++) {
    const weight = i === 0 || i === parts ? 1 : 2 + 2 * (i % 2);
    total += weight * Math.exp(-((i * h) ** 2));
  }
  return ((2 / Math.sqrt(Math.PI)) * total * h) / 3;
}

type Naive = (...args: number[]) => number;

describe('operations of one tensor have the value, dtype and both derivatives of their formula', () => {
  test.each<[string, (x: Tensor) => Tensor, Naive]>([
    ['neg', ops.neg, (x) => -x],
    ['abs', ops.abs, Math.abs],
    ['square', ops.square, (x) => x * x],
    ['reciprocal', ops.reciprocal, (x) => 1 / x],
    ['exp', ops.exp, Math.exp],
    ['expm1', ops.expm1, Math.expm1],
    ['sin', ops.sin, Math.sin],
    ['cos', ops.cos, Math.cos],
    ['erf', ops.erf, erf],
    ['sigmoid', ops.sigmoid, sigmoid],
    ['tanh', ops.tanh, Math.tanh],
    ['relu', ops.relu, (x) => Math.max(x, 0)],
    ['leakyRelu', (x) => ops.leakyRelu(x, { slope: 0.2 }), (x) => (x < 0 ? 0.2 * x : x)],
    ['elu', (x) => ops.elu(x, { alpha: 0.7 }), (x) => (x < 0 ? 0.7 * Math.expm1(x) : x)],
    ['gelu', ops.gelu, (x) => (x * (1 + erf(x / Math.SQRT2))) / 2],
    ['silu', ops.silu, (x) => x * sigmoid(x)],
    ['softplus', ops.softplus, (x) => Math.log1p(Math.exp(x))],
    ['logSigmoid', ops.logSigmoid, (x) => Math.log(sigmoid(x))],
    ['hardSigmoid', ops.hardSigmoid, (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1)],
    ['hardTanh', ops.hardTanh, (x) => Math.min(Math.max(x, -1), 1)],
    ['clamp', (x) => ops.clamp(x, { min: -0.5, max: 1 }), (x) => Math.min(Math.max(x, -0.5), 1)],
  ])('%s', (_name, operation, naive) => {
    checkOperation({
      shapes: [[7]],
      operation: (x) => operation(x),
      expected: (x) => x.map((value) => naive(value)),
    });
    checkOperation({ shapes: [[]], operation: (x) => operation(x) });
  });

  test.each<[string, (x: Tensor) => Tensor, Naive]>([
    ['sqrt', ops.sqrt, Math.sqrt],
    ['rsqrt', ops.rsqrt, (x) => 1 / Math.sqrt(x)],
    ['log', ops.log, Math.log],
    ['log1p', ops.log1p, Math.log1p],
    ['pow', (x) => ops.pow(x, 2.5), (x) => x ** 2.5],
  ])('%s, of positive numbers', (_name, operation, naive) => {
    checkOperation({
      shapes: [[5]],
      operation: (x) => operation(x),
      expected: (x) => x.map((value) => naive(value)),
      range: [0.2, 3],
    });
  });
});

describe('operations of two tensors broadcast', () => {
  test.each<[string, ops.BinaryOperation, Naive]>([
    ['add', ops.add as ops.BinaryOperation, (x, y) => x + y],
    ['sub', ops.sub, (x, y) => x - y],
    ['mul', ops.mul, (x, y) => x * y],
    ['div', ops.div, (x, y) => x / y],
    ['minimum', ops.minimum, Math.min],
    ['maximum', ops.maximum, Math.max],
  ])('%s', (_name, operation, naive) => {
    checkOperation({
      shapes: [[2, 3], [3]],
      operation: (x, y) => operation(x, y),
      expected: (x, y) => x.map((value, i) => naive(value, y[i % 3])),
    });
    checkOperation({
      shapes: [[2, 1], []],
      operation: (x, y) => operation(y, x),
      expected: (x, y) => x.map((value) => naive(y[0], value)),
    });
    checkOperation({
      shapes: [[3]],
      operation: (x) => operation(0.75, x),
      expected: (x) => x.map((value) => naive(0.75, value)),
    });
  });

  test('pow, with a gradient for the base and the exponent', () => {
    checkOperation({
      shapes: [[3], [3]],
      operation: (x, y) => ops.pow(x, y),
      expected: (x, y) => x.map((value, i) => value ** y[i]),
      range: [0.5, 2],
    });
  });

  test('where, whose choice not taken does not matter', () => {
    const condition = tensor([1, 0, 1], { dtype: 'bool' });
    checkOperation({
      shapes: [[3], []],
      operation: (x, y) => ops.where(condition, x, y),
      expected: (x, y) => [x[0], y[0], x[2]],
    });
    const x = tensor([NaN, 4], { requiresGrad: true });
    const y = ops.where(ops.isnan(x), 0, x);
    expectClose(y, [0, 4]);
    y.backward({ gradient: tensor([NaN, 1]) });
    expectClose(x.grad ?? x, [0, 1]);
  });

  test('add takes more than two', () => {
    checkOperation({
      shapes: [[2], [], [1, 2]],
      operation: (x, y, z) => ops.add(x, y, z, 1),
      expected: (x, y, z) => [[x[0] + y[0] + z[0] + 1, x[1] + y[0] + z[1] + 1]],
    });
  });
});

describe('sign, floor and comparisons', () => {
  test('sign and floor have gradient 0', () => {
    const x = tensor([-1.5, 0, 2.5], { requiresGrad: true });
    const y = ops.add(ops.sign(x), ops.floor(x));
    expectClose(y, [-3, 0, 3]);
    y.backward({ gradient: tensor([1, 1, 1]) });
    expectClose(x.grad ?? x, [0, 0, 0]);
  });

  test.each<[string, ops.BinaryOperation, number[]]>([
    ['equal', ops.equal, [0, 1, 0, 0]],
    ['notEqual', ops.notEqual, [1, 0, 1, 1]],
    ['less', ops.less, [1, 0, 0, 0]],
    ['lessEqual', ops.lessEqual, [1, 1, 0, 0]],
    ['greater', ops.greater, [0, 0, 1, 0]],
    ['greaterEqual', ops.greaterEqual, [0, 1, 1, 0]],
  ])('%s gives a mask, false beside NaN except for notEqual', (_name, operation, wanted) => {
    const y = operation(tensor([1, 2, 3, NaN]), 2);
    expect([y.dtype, ...y.dataSync()]).toEqual(['bool', ...wanted]);
  });

  test('masks are combined', () => {
    const [a, b] = [
      tensor([0, 0, 1, 1], { dtype: 'bool' }),
      tensor([0, 1, 0, 1], { dtype: 'bool' }),
    ];
    expect([...ops.logicalAnd(a, b).dataSync()]).toEqual([0, 0, 0, 1]);
    expect([...ops.logicalOr(a, b).dataSync()]).toEqual([0, 1, 1, 1]);
    expect([...ops.logicalNot(a).dataSync()]).toEqual([1, 1, 0, 0]);
  });

  test('isnan and isfinite', () => {
    const x = tensor([1, NaN, Infinity]);
    expect([...ops.isnan(x).dataSync()]).toEqual([0, 1, 0]);
    expect([...ops.isfinite(x).dataSync()]).toEqual([1, 0, 0]);
  });
});

describe('dtypes and shapes', () => {
  test('ids stay ids, and become floats with a fraction or a division', () => {
    const ids = tensor([4, 6], { dtype: 'int32' });
    expect(ops.add(ids, 1).dtype).toBe('int32');
    expect(ops.mul(ids, 0.5).dtype).toBe('float32');
    expect(ops.div(ids, 2).dtype).toBe('float32');
    expect(ops.exp(ids).dtype).toBe('float32');
  });

  test('empty tensors stay empty', () => {
    expect(ops.add(zeros([0, 3]), zeros([3])).shape).toEqual([0, 3]);
    checkOperation({ shapes: [[2, 0], [1]], operation: (x, y) => ops.mul(x, y) });
  });

  test('shapes that do not fit and mixed precision are refused', () => {
    expect(() => ops.add(zeros([2, 3]), zeros([2]))).toThrow(ShapeError);
    expect(() => ops.add(zeros([2, 3]), zeros([2]))).toThrow(
      'add: shapes must match or be 1; got [2, 3] and [2]',
    );
    expect(() => ops.mul(zeros([1]), zeros([1], { dtype: 'float64' }))).toThrow(DTypeError);
    expect(() => ops.mul(1, 2)).toThrow('mul: needs at least one tensor; got numbers only');
  });
});
