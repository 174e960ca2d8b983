import { reference } from '@unroll/backend';
import { relativeError, roundingTolerance } from '@unroll/backend/testing';
import { expect, test } from 'vitest';
import { valuesOf } from '../memory/host-memory.ts';
import { operandsOf, read } from './operands.ts';
import { packedProduct } from './packed-product.ts';

const host = reference();
const operand = operandsOf(host);

test.each([
  [384, 384, 384],
  [5, 1030, 19],
  [131, 7, 33],
] as const)('a packed product of %d × %d × %d is that of the reference, each time', (m, k, n) => {
  const [a, b] = [operand([1, m, k]), operand([1, k, n])];
  const [left, right] = [a, b].map((x) => valuesOf(x) as Float32Array);
  const expected = read(host.kernels.matmul(a, b, false, false));
  for (const simd of ['plain', undefined] as const) {
    const product = packedProduct(left, right, [m, k, n], simd);
    for (let time = 0; time < 2; time++) {
      product.run();
      expect(relativeError(product.result(), expected)).toBeLessThanOrEqual(roundingTolerance(k));
    }
  }
});
