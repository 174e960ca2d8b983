import { AutogradError, NumericError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { tensor } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import { div, log, mul, sqrt, sub } from '../operations/arithmetic.ts';
import { grad } from './backward.ts';
import { defineOp } from './define-op.ts';
import { detectAnomaly, isAnomalyEnabled, isGradEnabled, noGrad } from './mode.ts';

describe('noGrad', () => {
  test('records nothing inside and records again outside', () => {
    const x = tensor([2], { requiresGrad: true });
    const inside = noGrad(() => {
      expect(isGradEnabled()).toBe(false);
      return mul(x, x);
    });
    expect(inside.requiresGrad).toBe(false);
    expect(isGradEnabled()).toBe(true);
    expect(mul(x, x).requiresGrad).toBe(true);
  });

  test('records again after an error, and after an inner noGrad only when the outer has ended', () => {
    expect(() =>
      noGrad(() => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(isGradEnabled()).toBe(true);
    noGrad(() => {
      noGrad(() => undefined);
      expect(isGradEnabled()).toBe(false);
    });
    expect(isGradEnabled()).toBe(true);
  });

  test('refuses a function that returns a promise', () => {
    expect(() => noGrad(async () => 1)).toThrow(AutogradError);
    expect(() => noGrad(async () => 1)).toThrow(
      'noGrad: takes a synchronous function; this one returned a promise. Await outside of it.',
    );
    expect(isGradEnabled()).toBe(true);
  });

  test('lets no rejection of that promise out beside its own error', async () => {
    const late = async () => {
      throw new Error('late');
    };
    expect(() => noGrad(late)).toThrow(AutogradError);
    await new Promise((resolve) => setImmediate(resolve));
  });

  test('does not stop a backward pass of what was recorded before', () => {
    const x = tensor([3], { requiresGrad: true });
    const y = mul(x, x);
    noGrad(() => y.backward());
    expect(x.grad?.itemSync()).toBe(6);
  });

  test('leaves second derivatives possible when the gradient asks for them', () => {
    const x = tensor([3], { requiresGrad: true });
    const y = mul(x, x);
    const [dx] = noGrad(() => grad(y, [x], { createGraph: true }));
    expect(grad(dx, [x])[0].itemSync()).toBe(2);
  });
});

describe('detectAnomaly', () => {
  test('names the operation that made the first NaN, and what it was made of', () => {
    const run = () =>
      detectAnomaly(() => {
        const x = tensor([1, -4, 9]);
        return mul(sqrt(x), 2);
      });
    expect(run).toThrow(NumericError);
    expect(run).toThrow('sqrt: made NaN out of numbers; its inputs are float32 [3] from -4 to 9');
    expect(isAnomalyEnabled()).toBe(false);
  });

  test('does not blame an operation for a NaN that it was given', () => {
    const y = detectAnomaly(() => mul(tensor([Number.NaN, 1]), 2));
    expect([...y.dataSync()]).toEqual([Number.NaN, 2]);
  });

  test('leaves infinities alone until they become NaN', () => {
    const zero = tensor([0]);
    expect(() =>
      detectAnomaly(() => {
        const infinite = div(1, zero);
        expect(infinite.itemSync()).toBe(Infinity);
        return sub(infinite, infinite);
      }),
    ).toThrow('sub: made NaN');
  });

  test('names the operation whose derivative made the first NaN', () => {
    const x = tensor([0], { requiresGrad: true });
    const broken = defineOp({
      name: 'broken',
      forward: (a: Tensor) => mul(a, 1),
      backward: ({ gradient }) => [log(mul(gradient, -1))],
    });
    const run = (anomaly: boolean) => {
      const y = mul(broken(x), 2);
      return anomaly ? detectAnomaly(() => y.backward()) : y.backward();
    };
    expect(() => run(true)).toThrow('log: made NaN');
    run(false);
    expect(x.grad?.itemSync()).toBeNaN();
    const root = tensor([0], { requiresGrad: true });
    const y = mul(sqrt(root), 0);
    expect(() => detectAnomaly(() => y.backward())).toThrow('sqrt gradient: made NaN');
  });

  test('refuses a function that returns a promise', () => {
    expect(() => detectAnomaly(async () => 1)).toThrow('detectAnomaly: takes a synchronous');
    expect(isAnomalyEnabled()).toBe(false);
  });
});
