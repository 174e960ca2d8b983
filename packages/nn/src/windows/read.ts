import { sizeOf } from '@unroll/backend';
import { concat, full, indexSelect, reshape, type Tensor, tensor, transpose } from '@unroll/tensor';
import type { Plan } from './plan.ts';

/**
 * What the taps of all windows read: rows along `axis` become `windows · taps` rows, window after window (or, `byTap`, tap
 * after tap), and `beyond` where there is no row.
 */
export function readWindows(
  x: Tensor,
  { ids, rows, windows, taps }: Plan,
  { axis = 0, beyond = 0, byTap = false }: { axis?: number; beyond?: number; byTap?: boolean },
): Tensor {
  const order = byTap ? turned(ids, windows, taps) : ids;
  const source = ids.includes(rows) ? withRow(x, axis, beyond) : x;
  return indexSelect(source, tensor(order), { axis });
}

/** x with one more row, full of a value. */
function withRow(x: Tensor, axis: number, value: number): Tensor {
  const shape = x.shape.with(axis, 1);
  return concat([x, full(shape, value, { dtype: x.dtype })], { axis });
}

/** `[windows, taps]` as `[taps, windows]`. */
function turned(ids: Int32Array, windows: number, taps: number): Int32Array {
  const out = new Int32Array(ids.length);
  for (let i = 0; i < windows; i++) {
    for (let tap = 0; tap < taps; tap++) out[tap * windows + i] = ids[i * taps + tap];
  }
  return out;
}

/** `[a, b, …]` as `[b, a, …]`. Around an axis of 1 nothing moves, so nothing is copied. */
export function swapFirst(x: Tensor): Tensor {
  const [a, b, ...rest] = x.shape;
  if (a === 1 || b === 1) return reshape(x, [b, a, ...rest]);
  return transpose(x, [1, 0, ...rest.map((_, i) => i + 2)]);
}

/** The places of `[batch, channels, …]` as rows `[batch · places, channels]`. */
export function rowsOfGrids(x: Tensor): Tensor {
  const [batch, channels, ...grid] = x.shape;
  const places = sizeOf(grid);
  return reshape(swapLast(reshape(x, [batch, channels, places])), [batch * places, channels]);
}

/** Rows `[batch · places, channels]` as `[batch, channels, …grid]`. */
export function gridsOfRows(rows: Tensor, [batch, ...grid]: readonly number[]): Tensor {
  const channels = rows.shape[1];
  const places = swapLast(reshape(rows, [batch, sizeOf(grid), channels]));
  return reshape(places, [batch, channels, ...grid]);
}

function swapLast(x: Tensor): Tensor {
  const [batch, a, b] = x.shape;
  return a === 1 || b === 1 ? reshape(x, [batch, b, a]) : transpose(x, [0, 2, 1]);
}
