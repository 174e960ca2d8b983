import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { tiledProduct } from '../webgpu/product.ts';

/** A matrix: where it begins, and how far apart its rows, its columns and those of the next of a batch lie. */
export interface Matrix {
  readonly content: Content;
  readonly offset: number;
  readonly row: number;
  readonly column: number;
  readonly batch?: number;
}

/** `[m, k] · [k, n]`, `batch` of them, each begun with a matrix whose columns are neighbours. */
export interface Product {
  readonly operation: string;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly sizes: readonly [m: number, k: number, n: number];
  readonly batch?: number;
  readonly begun?: Omit<Matrix, 'batch' | 'column'> | undefined;
}

const names = 'offsetA, offsetB, m, n, k, batchA, rowA, innerA, batchB, innerB, columnB';

const text = (inputs: string, numbers: string, start: string) => `function(${inputs}, ${numbers}) {
  const q = quotient(this.thread.x, n);
  const j = this.thread.x - q * n;
  const s = quotient(q, m);
  const i = q - s * m;
  const startA = offsetA + s * batchA + i * rowA;
  const startB = offsetB + s * batchB + j * columnB;
  let sum = ${start};
  for (let p = 0; p < k; p++) {
    sum = sum + a[startA + p * innerA] * b[startB + p * innerB];
  }
  return sum;
}`;

const plain = text('a, b', names, '0');
const continued = text(
  'a, b, begun',
  `${names}, offsetBegun, rowBegun`,
  'begun[offsetBegun + i * rowBegun + j]',
);

/** Rows and columns lie at steps of their own, so that a transpose is free. On WebGPU it goes by tiles. */
export function multiply(
  device: Device,
  { operation, a, b, sizes, batch = 1, begun }: Product,
): Content {
  const [m, k, n] = sizes;
  return device.submit({
    operation,
    source: begun ? continued : plain,
    inputs: [a.content, b.content, ...(begun ? [begun.content] : [])],
    numbers: [
      a.offset,
      b.offset,
      m,
      n,
      k,
      a.batch ?? 0,
      a.row,
      a.column,
      b.batch ?? 0,
      b.row,
      b.column,
      ...(begun ? [begun.offset, begun.row] : []),
    ],
    length: batch * m * n,
    wgsl: tiledProduct(batch, m, n, begun !== undefined),
  });
}
