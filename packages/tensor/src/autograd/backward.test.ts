import { AutogradError, DTypeError, ShapeError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { assign } from '../core/assign.ts';
import { full, ones, parameter, tensor, zeros } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, div, exp, mul, square, sub, tanh } from '../operations/arithmetic.ts';
import { broadcastTo, reshape } from '../operations/core.ts';
import { sum } from '../operations/reduce.ts';
import { backward, grad } from './backward.ts';
import { defineOp } from './define-op.ts';
import { record, wrap } from './record.ts';

const leaf = (values: number[], dtype: 'float32' | 'float64' = 'float32') =>
  tensor(values, { dtype, requiresGrad: true });

const values = (x: Tensor | undefined) => Array.from(x?.dataSync() ?? []);

/** Twice x, with a count of how often its derivative ran. */
function counted() {
  const count = { forward: 0, backward: 0 };
  const double = defineOp({
    name: 'double',
    forward: (x: Tensor) => {
      count.forward += 1;
      return mul(x, 2);
    },
    backward: ({ gradient }) => {
      count.backward += 1;
      return [mul(gradient, 2)];
    },
  });
  return { count, double };
}

describe('backward', () => {
  test('differentiates a chain of 100,000 operations', () => {
    const x = leaf([0.5]);
    let y: Tensor = x;
    for (let i = 0; i < 100_000; i++) y = add(y, x);
    y.backward();
    expect(values(x.grad)).toEqual([100_001]);
  });

  test('walks a graph of exponentially many paths once', () => {
    const x = leaf([1]);
    let y: Tensor = x;
    for (let i = 0; i < 100; i++) y = add(y, y);
    y.backward();
    expect(values(x.grad)).toEqual([2 ** 100]);
  });

  test('adds to the gradients that are there', () => {
    const x = leaf([3]);
    mul(x, x).backward();
    expect(values(x.grad)).toEqual([6]);
    mul(x, x).backward();
    expect(values(x.grad)).toEqual([12]);
    x.grad = undefined;
    mul(x, 5).backward();
    expect(values(x.grad)).toEqual([5]);
  });

  test('writes to leaves that require a gradient, and to nothing else', () => {
    const [x, w] = [leaf([2]), tensor([3])];
    const h = mul(x, w);
    square(h).backward();
    expect(values(x.grad)).toEqual([36]);
    expect(h.grad).toBeUndefined();
    expect(w.grad).toBeUndefined();
    const p = parameter(tensor([4]));
    mul(p, p).backward();
    expect(values(p.grad)).toEqual([8]);
  });

  test('of a leaf is one', () => {
    const x = leaf([7]);
    x.backward();
    expect(values(x.grad)).toEqual([1]);
  });

  test('starts from the gradient that it is given', () => {
    const x = leaf([1, 2, 3]);
    backward(mul(x, x), { gradient: tensor([1, 0, -1]) });
    expect(values(x.grad)).toEqual([2, 0, -6]);
  });

  test('sums over the axes along which an input was stretched', () => {
    const a = ones([2, 1, 3], { requiresGrad: true });
    const b = full([4, 1], 2, { requiresGrad: true });
    const c = full([], 3, { requiresGrad: true });
    const y = mul(mul(a, b), c);
    expect(y.shape).toEqual([2, 4, 3]);
    sum(y).backward();
    expect(a.grad?.shape).toEqual([2, 1, 3]);
    expect(values(a.grad)).toEqual(new Array(6).fill(24));
    expect(b.grad?.shape).toEqual([4, 1]);
    expect(values(b.grad)).toEqual(new Array(4).fill(18));
    expect(c.grad?.shape).toEqual([]);
    expect(values(c.grad)).toEqual([48]);
    const d = leaf([1, 2]);
    broadcastTo(d, [3, 2]).backward({ gradient: ones([3, 2]) });
    expect(values(d.grad)).toEqual([3, 3]);
  });

  test('reaches what shares memory with the input', () => {
    const x = leaf([1, 2, 3, 4]);
    const y = reshape(x, [2, 2]);
    sum(
      mul(
        y,
        tensor([
          [1, 10],
          [100, 1000],
        ]),
      ),
    ).backward();
    expect(x.grad?.shape).toEqual([4]);
    expect(values(x.grad)).toEqual([1, 10, 100, 1000]);
  });

  test('passes by what was detached', () => {
    const x = leaf([3]);
    mul(x, mul(x, 2).detach()).backward();
    expect(values(x.grad)).toEqual([6]);
  });
});

describe('the graph', () => {
  test('is released by backward, and the error says how to keep it', () => {
    const x = leaf([2]);
    const h = square(x);
    const [y, z] = [mul(h, 3), mul(h, 5)];
    y.backward();
    expect(() => z.backward()).toThrow(AutogradError);
    expect(() => z.backward()).toThrow(
      'backward: the graph through square was released by an earlier backward. Pass { retainGraph: true } to that one.',
    );
    expect(() => y.backward()).toThrow('the graph through mul was released');
  });

  test('is kept with retainGraph', () => {
    const x = leaf([2]);
    const h = square(x);
    mul(h, 3).backward({ retainGraph: true });
    mul(h, 5).backward();
    expect(values(x.grad)).toEqual([32]);
  });

  test('below a value whose gradient was asked for is not released', () => {
    const x = leaf([2]);
    const h = square(x);
    const [dh] = grad(mul(h, 3), [h]);
    h.backward({ gradient: dh });
    expect(values(x.grad)).toEqual([12]);
  });

  test('is not made from tensors that require no gradient', () => {
    const y = mul(tensor([1]), 2);
    expect(y.node).toBeUndefined();
    expect(() => y.backward()).toThrow('backward: nothing here requires a gradient');
  });

  test('does not go through integers', () => {
    expect(() => tensor([1], { dtype: 'int32', requiresGrad: true })).toThrow(
      'only floating tensors have gradients; this is int32',
    );
    expect(() => {
      mul(leaf([1]), 2).requiresGrad = false;
    }).toThrow('can be set on leaves only; this tensor was made by mul');
  });

  test('needs a gradient of the right shape for more than one element', () => {
    const y = mul(leaf([1, 2]), 2);
    expect(() => y.backward()).toThrow('shape [2] needs { gradient }. Reduce it with sum()');
    expect(() => y.backward({ gradient: ones([3]) })).toThrow(ShapeError);
    const wrong = ones([2], { dtype: 'int32' });
    expect(() => y.backward({ gradient: wrong })).toThrow(DTypeError);
  });
});

describe('versions', () => {
  test('a write between forward and backward names who saved and who wrote', () => {
    const [x, w] = [leaf([2]), leaf([5])];
    const y = mul(x, w);
    assign(w, tensor([6]), 'SGD.step');
    expect(() => y.backward()).toThrow(AutogradError);
    expect(() => y.backward()).toThrow(
      'mul saved a value [1] at version 0, and SGD.step has written to it since (version 1)',
    );
  });

  test('a write to what backward does not read does no harm', () => {
    const [x, b] = [leaf([2]), leaf([5])];
    const y = add(x, b);
    assign(b, tensor([6]));
    y.backward();
    expect(values(x.grad)).toEqual([1]);
  });

  test('a result that the derivative reads is watched like an input', () => {
    const x = leaf([0.3]);
    const y = tanh(x);
    assign(y.detach(), tensor([9]), 'a careless user');
    expect(() => y.backward()).toThrow('tanh saved a value [1] at version 0, and a careless user');
  });

  test('a write through another shape counts', () => {
    const w = leaf([1, 2, 3, 4]);
    const y = sum(square(w));
    assign(reshape(w.detach(), [2, 2]), zeros([2, 2]));
    expect(() => y.backward()).toThrow('square saved a value [4]');
  });

  test('after the write, a new forward differentiates', () => {
    const w = leaf([5]);
    assign(w, tensor([6]));
    square(w).backward();
    expect(values(w.grad)).toEqual([12]);
  });
});

describe('hooks', () => {
  test('on a leaf see the whole gradient once and may replace it', () => {
    const x = leaf([2]);
    const seen: number[][] = [];
    const remove = x.registerHook((dx) => {
      seen.push(values(dx));
      return mul(dx, 10);
    });
    add(mul(x, 3), mul(x, 4)).backward();
    expect(seen).toEqual([[7]]);
    expect(values(x.grad)).toEqual([70]);
    remove();
    x.grad = undefined;
    mul(x, 3).backward();
    expect(values(x.grad)).toEqual([3]);
    expect(seen.length).toBe(1);
  });

  test('are removed once, however often that is asked for', () => {
    const x = leaf([2]);
    x.registerHook((dx) => mul(dx, 10));
    const remove = x.registerHook((dx) => mul(dx, 100));
    remove();
    remove();
    mul(x, 3).backward();
    expect(values(x.grad)).toEqual([30]);
  });

  test('inside the graph change what flows on', () => {
    const x = leaf([2]);
    const h = mul(x, 3);
    const seen: number[][] = [];
    h.registerHook((dh) => {
      seen.push(values(dh));
      return undefined;
    });
    h.registerHook((dh) => mul(dh, -1));
    add(square(h), h).backward();
    expect(seen).toEqual([[13]]);
    expect(values(x.grad)).toEqual([-39]);
  });

  test('inside the graph live as long as the graph, not as the tensor that was named', () => {
    const x = leaf([2]);
    const build = () => {
      const h = mul(x, 3);
      h.registerHook((dh) => mul(dh, 2));
      return square(h);
    };
    build().backward();
    expect(values(x.grad)).toEqual([72]);
  });

  test('are seen by grad(), on leaves and inside', () => {
    const x = leaf([2]);
    const h = mul(x, 3);
    h.registerHook((dh) => mul(dh, 2));
    x.registerHook((dx) => add(dx, 1));
    const [dh, dx] = grad(mul(h, 5), [h, x]);
    expect(values(dh)).toEqual([10]);
    expect(values(dx)).toEqual([31]);
  });
});

describe('grad', () => {
  test('gives gradients of leaves and of values between, and writes none', () => {
    const [x, w] = [leaf([2, 3]), leaf([5, 7])];
    const h = mul(x, w);
    const y = sum(square(h));
    const [dx, dh, dw] = grad(y, [x, h, w]);
    expect(values(dh)).toEqual([20, 42]);
    expect(values(dx)).toEqual([100, 294]);
    expect(values(dw)).toEqual([40, 126]);
    expect([x.grad, w.grad, h.grad]).toEqual([undefined, undefined, undefined]);
  });

  test('runs only what leads to what was asked for', () => {
    const [x, w] = [leaf([2]), leaf([3])];
    const [below, beside] = [counted(), counted()];
    const h = below.double(x);
    const y = mul(square(h), beside.double(w));
    expect(values(grad(y, [h])[0])).toEqual([48]);
    expect([below.count.backward, beside.count.backward]).toEqual([0, 0]);
  });

  test('says which input the result does not depend on', () => {
    const [x, w] = [leaf([2]), leaf([3])];
    expect(() => grad(square(x), [x, w])).toThrow(AutogradError);
    expect(() => grad(square(x), [x, w])).toThrow('the result does not depend on input 1');
    expect(() => grad(mul(x.detach(), w), [x])).toThrow('Was it detached, or made under noGrad?');
  });

  test('can be differentiated again with createGraph: x³, 3x², 6x, 6', () => {
    const x = leaf([2], 'float64');
    const y = mul(mul(x, x), x);
    const [first] = grad(y, [x], { createGraph: true });
    const [second] = grad(first, [x], { createGraph: true });
    const [third] = grad(second, [x]);
    expect([first, second, third].map((d) => d.itemSync())).toEqual([12, 12, 6]);
    expect(third.requiresGrad).toBe(false);
  });

  test('without createGraph cannot be differentiated again', () => {
    const x = leaf([2]);
    const [dx] = grad(square(x), [x]);
    expect(dx.requiresGrad).toBe(false);
    expect(() => grad(dx, [x])).toThrow('nothing here requires a gradient');
  });

  test('of a gradient reaches the parameters of a penalty', () => {
    const [x, w] = [leaf([3], 'float64'), leaf([0.5], 'float64')];
    const [dx] = grad(exp(mul(w, x)), [x], { createGraph: true });
    square(dx).backward();
    // d/dw (w·eʷˣ)² = 2w·e²ʷˣ·(1 + w·x)
    const expected = 2 * 0.5 * Math.exp(3) * (1 + 1.5);
    expect(Math.abs((w.grad?.itemSync() ?? 0) / expected - 1)).toBeLessThan(1e-12);
  });

  test('backward with createGraph leaves gradients that can be differentiated', () => {
    const x = leaf([2], 'float64');
    mul(square(x), x).backward({ createGraph: true });
    const [second] = grad(x.grad as Tensor, [x]);
    expect(second.itemSync()).toBe(12);
  });
});

describe('an operation with several outputs', () => {
  /** x + 1 and x · 2 as one operation. */
  function pair(x: Tensor): readonly Tensor[] {
    const { backend } = x.storage;
    const outputs = [add(x.detach(), 1), mul(x.detach(), 2)].map((y) =>
      wrap(backend, y.storage.memory, y.shape),
    );
    return record('pair', [x], outputs, ([first, second]) => [
      first && second ? add(first, mul(second, 2)) : (first ?? (second && mul(second, 2))),
    ]);
  }

  test('gives gradients with one of them unused', () => {
    for (const [used, expected] of [1, 2].entries()) {
      const x = leaf([3]);
      pair(x)[used].backward();
      expect(values(x.grad)).toEqual([expected]);
    }
  });

  test('runs its derivative once for both', () => {
    const x = leaf([3]);
    const [a, b] = pair(x);
    mul(a, b).backward();
    expect(values(x.grad)).toEqual([6 + 8]);
  });

  test('keeps the hooks of its outputs apart', () => {
    const x = leaf([3]);
    const [a, b] = pair(x);
    b.registerHook((db) => mul(db, 100));
    sub(a, div(b, 4)).backward();
    expect(values(x.grad)).toEqual([1 - 50]);
  });
});
