import { expect, test } from 'vitest';
import { defineOp } from '../autograd/define-op.ts';
import { tensor } from '../core/create.ts';
import { add, exp, mul, square } from '../operations/arithmetic.ts';
import { cast } from '../operations/cast.ts';
import { checkOperation } from './check-operation.ts';
import { expectClose } from './expect-close.ts';

test('a right operation passes every check', () => {
  checkOperation({
    shapes: [[2, 3], [3]],
    operation: (x, y) => mul(x, y),
    expected: (x, y) => [0, 1].map((i) => [0, 1, 2].map((j) => x[3 * i + j] * y[j])),
  });
});

test('a wrong value is found', () => {
  const wrong = () =>
    checkOperation({
      shapes: [[2]],
      operation: (x) => add(x, 1),
      expected: (x) => [x[0] + 1, x[1] + 1.001],
    });
  expect(wrong).toThrow(/element 1 is/);
});

test('a wrong gradient is found', () => {
  const wrong = defineOp({
    name: 'wrong',
    forward: (x) => square(x),
    backward: ({ inputs: [x], gradient }) => [mul(gradient, x)],
  });
  expect(() => checkOperation({ shapes: [[2]], operation: (x) => wrong(x) })).toThrow('gradcheck');
});

test('a gradient that cannot be differentiated is found', () => {
  const cut = defineOp({
    name: 'cut',
    forward: (x) => exp(x),
    backward: ({ inputs: [x], gradient }) => [mul(gradient, exp(x.detach()))],
  });
  expect(() => checkOperation({ shapes: [[2]], operation: (x) => cut(x) })).toThrow('gradcheck');
});

test('a dtype that changes on the way is found', () => {
  const narrow = () =>
    checkOperation({ shapes: [[2]], operation: (x) => cast(square(x), 'float32') });
  expect(narrow).toThrow('checkOperation: float64 inputs gave float32');
});

test('closeness is relative to the largest expected value', () => {
  expectClose(tensor([1000, 0.001]), [1000, 0.002], 1e-5);
  expect(() => expectClose(tensor([1000, 0.1]), [1000, 0.2], 1e-5)).toThrow(
    'element 1 is 0.10000000149011612, expected 0.2',
  );
});

test('shapes, NaN and infinity must agree', () => {
  expectClose(tensor([NaN, -Infinity]), [NaN, -Infinity]);
  expect(() => expectClose(tensor([1, 2]), [[1, 2]])).toThrow('got [2], expected [1,2]');
  expect(() => expectClose(tensor([1, 2]), [1, NaN])).toThrow('element 1 is 2, expected NaN');
});
