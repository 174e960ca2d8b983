import { reference } from '@unroll/backend';
import { relativeError, roundingTolerance } from '@unroll/backend/testing';
import { expect, test } from 'vitest';
import { valuesOf } from '../memory/host-memory.ts';
import { packedProduct } from './packed-product.ts';

test.each([
  [384, 384, 384],
  [5, 1030, 19],
  [131, 7, 33],
] as const)('a packed product of %d × %d × %d is that of the reference, each time', (m, k, n) => {
  const values = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(7.1 * i));
  const [left, right] = [values(m * k), values(k * n)];
  const host = reference();
  const operand = (x: Float32Array, shape: number[]) =>
    ({ memory: host.upload(x), offset: 0, shape, dtype: 'float32' }) as const;
  const [a, b] = [operand(left, [1, m, k]), operand(right, [1, k, n])];
  const memory = host.kernels.matmul(a, b, false, false);
  const expected = valuesOf({ memory, offset: 0, shape: [m, n], dtype: 'float32' });
  for (const simd of ['plain', undefined] as const) {
    const product = packedProduct(left, right, [m, k, n], simd);
    for (let time = 0; time < 2; time++) {
      product.run();
      expect(relativeError(product.result(), expected)).toBeLessThanOrEqual(roundingTolerance(k));
    }
  }
});
