import type { Operand } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf } from '../device/gpu-memory.ts';
import { type Matrix, multiply } from './product.ts';

/** `[batch, m, n]`; a batch of one serves all of the other's. */
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
  return multiply(device, {
    operation: 'matmul',
    a: matrixOf(a, transposeA),
    b: matrixOf(b, transposeB),
    sizes: [m, k, n],
    batch: batchA === 1 ? batchB : batchA,
  });
}

function matrixOf(x: Operand, transposed: boolean): Matrix {
  const [batch, rows, columns] = x.shape;
  return {
    content: contentOf(x),
    offset: x.offset,
    row: transposed ? 1 : columns,
    column: transposed ? columns : 1,
    batch: batch === 1 ? 0 : rows * columns,
  };
}
