import type { Memory, Operand } from '../contract/backend.ts';
import { aroundAxis } from '../contract/shape.ts';
import { newMemory, valuesOf } from './memory.ts';

/** y = (x − μ)/√(σ² + ε) for each row. */
export function normalize(x: Operand, eps: number): Memory {
  return byRow(x, (row) => normalized(row, eps).y);
}

/** dx = (dy − mean(dy) − y·mean(dy·y))/√(σ² + ε) for each row. */
export function normalizeBackward(x: Operand, dy: Operand, eps: number): Memory {
  const slopes = valuesOf(dy);
  return byRow(x, (row, at) => {
    const { y, scale } = normalized(row, eps);
    const slope = Float64Array.from(row, (_, i) => slopes[at + i]);
    const level = mean(slope);
    const along = mean(slope.map((d, i) => d * y[i]));
    return slope.map((d, i) => (d - level - y[i] * along) * scale);
  });
}

function normalized(row: Float64Array, eps: number): { y: Float64Array; scale: number } {
  const mu = mean(row);
  const centred = row.map((x) => x - mu);
  const scale = 1 / Math.sqrt(mean(centred.map((c) => c * c)) + eps);
  return { y: centred.map((c) => c * scale), scale };
}

function mean(row: Float64Array): number {
  return row.reduce((sum, x) => sum + x, 0) / row.length;
}

function byRow(x: Operand, rewrite: (row: Float64Array, at: number) => Float64Array): Memory {
  const values = valuesOf(x);
  const { outer, length } = aroundAxis(x.shape, x.shape.length - 1);
  const y = newMemory(x.dtype, values.length);
  for (let o = 0; o < outer; o++) {
    const at = o * length;
    y.values.set(rewrite(Float64Array.from(values.subarray(at, at + length)), at), at);
  }
  return y;
}
