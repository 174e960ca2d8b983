import type { TileShape } from '../kernels/tile.ts';

/** The next multiple of `unit`. */
export function upTo(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}

/** Floats from row to row of scores for so many keys: whole panels, and one more for what is written beyond. */
export function scoresStride(keys: number, { columns }: TileShape): number {
  return upTo(keys, columns) + columns;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The bits of a float. */
export function bitsOf(value: number): number {
  float[0] = value;
  return bits[0];
}
