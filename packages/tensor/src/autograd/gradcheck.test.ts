import { AutogradError, DTypeError, NumericError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromValues, tensor, zeros } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import {
  add,
  cos,
  div,
  exp,
  gelu,
  log1p,
  mul,
  sigmoid,
  sin,
  softplus,
  square,
  sub,
  tanh,
} from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { sum } from '../operations/reduce.ts';
import { defineOp } from './define-op.ts';
import { gradcheck, gradgradcheck } from './gradcheck.ts';
import { valueAndGrad } from './value-and-grad.ts';

const x = tensor(
  [
    [0.3, -1.2, 0.7],
    [2, 0.1, -0.4],
  ],
  { dtype: 'float64' },
);

/** sin with a derivative of choice. */
const sine = (derivative: (x: Tensor) => Tensor) =>
  defineOp({
    name: 'sine',
    forward: (a: Tensor) => sin(a),
    backward: ({ inputs: [a], gradient }) => [mul(gradient, derivative(a))],
  });

describe('gradcheck', () => {
  test('passes a right derivative and catches one that is off by a millionth', () => {
    gradcheck(sine(cos), [x]);
    const wrong = sine((a) => mul(cos(a), 1 + 1e-5));
    expect(() => gradcheck(wrong, [x])).toThrow(NumericError);
    expect(() => gradcheck(wrong, [x])).toThrow('gradcheck: input 0, element 0: the gradient is');
  });

  test('catches a sign, a transposition and a gradient that is missing', () => {
    expect(() =>
      gradcheck(
        sine((a) => sub(0, cos(a))),
        [x],
      ),
    ).toThrow(NumericError);
    const flipped = defineOp({
      name: 'flipped',
      forward: (a: Tensor) => mul(a, 1),
      backward: ({ gradient }) => [
        fromValues(gradient.dataSync().toReversed() as Float64Array, [2, 3], 'float64'),
      ],
    });
    expect(() => gradcheck(flipped, [x])).toThrow(NumericError);
    expect(() => gradcheck((a, b) => add(a, square(b).detach()), [x, x])).toThrow('input 1');
  });

  test('takes several results, and ids that stay as they are', () => {
    const ids = tensor(Int32Array.of(1, 0));
    const seen: string[] = [];
    gradcheck(
      (a, i) => {
        seen.push(i.dtype);
        return [sin(a), square(a)];
      },
      [x, ids],
    );
    expect(new Set(seen)).toEqual(new Set(['int32']));
  });

  test('accepts an input that does not matter and refuses when none does', () => {
    gradcheck((a) => mul(a, a), [x, x]);
    expect(() => gradcheck((a) => a.detach(), [x])).toThrow(AutogradError);
  });

  test('refuses float32, which is too coarse', () => {
    expect(() => gradcheck(sin, [zeros([2])])).toThrow(DTypeError);
  });
});

describe('gradgradcheck', () => {
  test('passes a derivative that is made of operations', () => {
    gradgradcheck(sine(cos), [x]);
  });

  test('catches a first derivative that is right but cut off', () => {
    const cut = sine((a) => cos(a).detach());
    gradcheck((a) => mul(cut(a), a), [x]);
    expect(() => gradgradcheck((a) => mul(cut(a), a), [x])).toThrow(NumericError);
  });
});

describe('custom operations and valueAndGrad', () => {
  test('a custom operation uses its own derivative, not that of its forward', () => {
    const a = tensor([1, 2], { requiresGrad: true });
    const turned = defineOp({
      name: 'reverseGradient',
      forward: (v: Tensor) => mul(v, 1),
      backward: ({ gradient }) => [mul(gradient, -1)],
    });
    const y = turned(a);
    expect(y.node?.name).toBe('reverseGradient');
    sum(mul(y, y)).backward();
    expect([...(a.grad?.dataSync() ?? [])]).toEqual([-2, -4]);
  });

  test('valueAndGrad gives both and leaves its arguments as they were', () => {
    const a = tensor([1, 2]);
    const b = tensor([3, 4], { requiresGrad: true });
    const [value, [da, db]] = valueAndGrad((p: Tensor, q: Tensor) => sum(mul(mul(p, p), q)))(a, b);
    expect(value.itemSync()).toBe(19);
    expect(value.requiresGrad).toBe(false);
    expect([...da.dataSync()]).toEqual([6, 16]);
    expect([...db.dataSync()]).toEqual([1, 4]);
    expect([a.requiresGrad, b.requiresGrad, b.grad]).toEqual([false, true, undefined]);
  });
});

/** One operation of a random expression: which, and of which earlier values. */
interface Move {
  operation: number;
  left: number;
  right: number;
}

const operations: ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => add(a, b),
  (a, b) => sub(a, b),
  (a, b) => mul(tanh(a), b),
  (a, b) => div(a, add(square(b), 1.5)),
  (a) => sigmoid(a),
  (a) => mul(sin(a), 0.5),
  (a) => softplus(a),
  (a) => gelu(a),
  (a) => log1p(square(a)),
  (a) => exp(tanh(a)),
  (a, b) => mul(sum(a), tanh(b)),
  (a) => reshape(reshape(a, [a.size]), a.shape),
];

const shapes = fc.constantFrom<number[]>([], [1], [3], [2, 1], [2, 3], [1, 3]);

const expressions = fc.record({
  shapes: fc.array(shapes, { minLength: 1, maxLength: 3 }),
  moves: fc.array(
    fc.record({
      operation: fc.nat(operations.length - 1),
      left: fc.nat(100),
      right: fc.nat(100),
    }),
    { minLength: 1, maxLength: 7 },
  ),
  start: fc.integer({ min: 0, max: 1000 }),
});

describe('random expressions', () => {
  const build =
    (moves: readonly Move[]) =>
    (...inputs: Tensor[]): Tensor => {
      const known = [...inputs];
      for (const { operation, left, right } of moves) {
        known.push(operations[operation](known[left % known.length], known[right % known.length]));
      }
      return tanh(known.reduce((a, b) => add(a, mul(b, 0.3))));
    };

  const inputsOf = (all: readonly number[][], start: number) =>
    all.map((shape, i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = Float64Array.from({ length: size }, (_, k) => Math.sin(start + 3 * i + k));
      return fromValues(values, shape, 'float64');
    });

  test('have the gradients that differences say', () => {
    fc.assert(
      fc.property(expressions, ({ shapes, moves, start }) => {
        gradcheck(build(moves), inputsOf(shapes, start), { tolerance: 1e-6 });
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('have the second derivatives that differences say', () => {
    fc.assert(
      fc.property(expressions, ({ shapes, moves, start }) => {
        gradgradcheck(build(moves.slice(0, 4)), inputsOf(shapes.slice(0, 2), start));
      }),
      { seed: 2, numRuns: 20 },
    );
  });
});
