import type { Memory, Operand } from '../contract/backend.ts';
import type { TypedArray } from '../contract/dtype.ts';
import { newMemory, valuesOf } from './memory.ts';

/** A matrix inside an array: element (i, j) lies at offset + i·rowStride + j·columnStride. */
export interface Matrix {
  readonly values: TypedArray;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** A right operand `[k, n]` in double precision: panels of 4 columns, zeros after the last, each panel row by row. */
export interface Panels {
  readonly values: Float64Array;
  readonly k: number;
  readonly n: number;
}

const PANEL = 4;

/** The matrix `[rows, columns]` that begins at `offset` of an array, or its transpose. */
export function matrix(
  values: TypedArray,
  offset: number,
  columns: number,
  transposed = false,
): Matrix {
  return transposed
    ? { values, offset, rowStride: 1, columnStride: columns }
    : { values, offset, rowStride: columns, columnStride: 1 };
}

/** A left operand `[m, k]` in double precision, row by row; into `target` where one is given. */
export function packRows(
  a: Matrix,
  m: number,
  k: number,
  target: Float64Array = new Float64Array(m * k),
): Float64Array {
  const { values, offset, rowStride, columnStride } = a;
  for (let i = 0; i < m; i++) {
    const from = offset + i * rowStride;
    for (let p = 0; p < k; p++) target[i * k + p] = values[from + p * columnStride];
  }
  return target;
}

/** A right operand, packed; worth keeping when it meets many left ones. */
export function packPanels(b: Matrix, k: number, n: number): Panels {
  const panels = Math.ceil(n / PANEL);
  const packed = new Float64Array(panels * k * PANEL);
  const { values, offset, rowStride, columnStride } = b;
  let to = 0;
  for (let j = 0; j < n; j += PANEL) {
    const columns = Math.min(PANEL, n - j);
    for (let p = 0; p < k; p++, to += PANEL) {
      const from = offset + p * rowStride + j * columnStride;
      for (let c = 0; c < columns; c++) packed[to + c] = values[from + c * columnStride];
    }
  }
  return { values: packed, k, n };
}

/**
 * `[m, k] · [k, n]` into `target` from `offset` on, each element summed in the order of k in double precision and
 * rounded once; or added to what stands there. Tiles of 2 rows × 4 columns; an odd last row meets itself.
 */
export function multiplyInto(
  target: TypedArray,
  offset: number,
  rows: Float64Array,
  m: number,
  panels: Panels,
  accumulate = false,
): void {
  const { n } = panels;
  if (!accumulate) target.fill(0, offset, offset + m * n);
  const tile = new Float64Array(2 * PANEL);
  for (let j = 0; j < n; j += PANEL) {
    const columns = Math.min(PANEL, n - j);
    for (let i = 0; i < m; i += 2) {
      const second = Math.min(i + 1, m - 1);
      multiplyTile(tile, rows, i, second, panels, j);
      addTile(target, offset + i * n + j, tile, 0, columns);
      if (second > i) addTile(target, offset + second * n + j, tile, PANEL, columns);
    }
  }
}

function multiplyTile(
  tile: Float64Array,
  rows: Float64Array,
  first: number,
  second: number,
  { values, k }: Panels,
  column: number,
): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  const a = first * k;
  const d = second * k;
  let b = column * k;
  for (let p = 0; p < k; p++, b += PANEL) {
    const x = rows[a + p];
    const z = rows[d + p];
    const w0 = values[b];
    const w1 = values[b + 1];
    const w2 = values[b + 2];
    const w3 = values[b + 3];
    c00 += x * w0;
    c01 += x * w1;
    c02 += x * w2;
    c03 += x * w3;
    c10 += z * w0;
    c11 += z * w1;
    c12 += z * w2;
    c13 += z * w3;
  }
  tile[0] = c00;
  tile[1] = c01;
  tile[2] = c02;
  tile[3] = c03;
  tile[4] = c10;
  tile[5] = c11;
  tile[6] = c12;
  tile[7] = c13;
}

function addTile(
  target: TypedArray,
  at: number,
  tile: Float64Array,
  from: number,
  columns: number,
): void {
  for (let j = 0; j < columns; j++) target[at + j] += tile[from + j];
}

export function matmul(a: Operand, b: Operand, transposeA: boolean, transposeB: boolean): Memory {
  const [batchA, rowsA, columnsA] = a.shape;
  const [batchB, rowsB, columnsB] = b.shape;
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const batch = batchA === 1 ? batchB : batchA;
  const y = newMemory(a.dtype, batch * m * n);
  const left = valuesOf(a);
  const right = valuesOf(b);
  let rows: Float64Array | undefined;
  let panels: Panels | undefined;
  for (let i = 0; i < batch; i++) {
    if (rows === undefined || batchA > 1) {
      rows = packRows(matrix(left, i * m * k, columnsA, transposeA), m, k, rows);
    }
    if (panels === undefined || batchB > 1) {
      panels = packPanels(matrix(right, i * k * n, columnsB, transposeB), k, n);
    }
    multiplyInto(y.values, i * m * n, rows, m, panels);
  }
  return y;
}
