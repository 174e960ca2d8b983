import type { Operand } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf } from '../device/gpu-memory.ts';

/** One element of `[batch, m, n]`; rows and columns of a and b lie at steps of their own, so that a transpose is free. */
const product = `function(a, b, offsetA, offsetB, m, n, k, batchA, rowA, innerA, batchB, innerB, columnB) {
  const q = quotient(this.thread.x, n);
  const j = this.thread.x - q * n;
  const s = quotient(q, m);
  const i = q - s * m;
  const startA = offsetA + s * batchA + i * rowA;
  const startB = offsetB + s * batchB + j * columnB;
  let sum = 0;
  for (let p = 0; p < k; p++) {
    sum = sum + a[startA + p * innerA] * b[startB + p * innerB];
  }
  return sum;
}`;

export function matmul(
  device: Device,
  a: Operand,
  b: Operand,
  transposeA: boolean,
  transposeB: boolean,
): Content {
  const [batchA, rowsA, columnsA] = a.shape;
  const [batchB, rowsB, columnsB] = b.shape;
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const [rowA, innerA] = transposeA ? [1, columnsA] : [columnsA, 1];
  const [innerB, columnB] = transposeB ? [1, columnsB] : [columnsB, 1];
  const batch = batchA === 1 ? batchB : batchA;
  const stepA = batchA === 1 ? 0 : m * k;
  const stepB = batchB === 1 ? 0 : k * n;
  return device.submit({
    operation: 'matmul',
    source: product,
    inputs: [contentOf(a), contentOf(b)],
    numbers: [a.offset, b.offset, m, n, k, stepA, rowA, innerA, stepB, innerB, columnB],
    length: batch * m * n,
  });
}
