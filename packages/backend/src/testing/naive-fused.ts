import type { FusedKernels, Memory, Operand } from '../contract/backend.ts';
import { stridesOf } from '../contract/shape.ts';
import { threefry } from '../random/threefry.ts';
import { valuesOf } from '../reference/memory.ts';
import { reader, tabulate } from './indices.ts';

/** The fused kernels as their definitions by indices. */
export const fused: Omit<
  FusedKernels,
  'update' | 'attention' | 'attentionBackward' | 'ctcLoss' | 'crfLoss'
> = {
  softmax: (x) => alongLastAxis(x, (exponent, sum) => Math.exp(exponent) / sum),
  logSoftmax: (x) => alongLastAxis(x, (exponent, sum) => exponent - Math.log(sum)),

  crossEntropy(x, ids, ignoreIndex) {
    const logP = reader({ ...x, memory: fused.logSoftmax(x), offset: 0 });
    const id = reader(ids);
    return tabulate(x.dtype, ids.shape, ([row]) =>
      id([row]) === ignoreIndex ? 0 : -logP([row, id([row])]),
    );
  },

  crossEntropyBackward(x, ids, dy, ignoreIndex) {
    const p = reader({ ...x, memory: fused.softmax(x), offset: 0 });
    const [id, slope] = [reader(ids), reader(dy)];
    return tabulate(x.dtype, x.shape, ([row, c]) =>
      id([row]) === ignoreIndex ? 0 : (p([row, c]) - Number(c === id([row]))) * slope([row]),
    );
  },

  normalize: (x, eps) => normalizedLines(x, eps, (line) => line),

  normalizeBackward(x, dy, eps) {
    const slope = reader(dy);
    return normalizedLines(x, eps, (y, scale, index) => {
      const d = y.map((_, i) => slope([...index.slice(0, -1), i]));
      const level = mean(d);
      const along = mean(d.map((value, i) => value * y[i]));
      return d.map((value, i) => (value - level - y[i] * along) * scale);
    });
  },

  sumOfSquares(inputs) {
    const squares = inputs.flatMap((x) => Array.from(valuesOf(x), (value) => value ** 2));
    return tabulate(inputs[0].dtype, [], () => squares.reduce((sum, value) => sum + value, 0));
  },

  bernoulli({ key, counter }, limit, value, shape, dtype) {
    const block = new Uint32Array(2);
    const strides = stridesOf(shape);
    return tabulate(dtype, shape, (index) => {
      const at = index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
      const place = BigInt(counter) + BigInt(at >> 1);
      threefry(key, Number(place & 0xffffffffn), Number(place >> 32n), block);
      return block[at & 1] < limit ? value : 0;
    });
  },
};

/** What `f` makes of the line of each element: normalized, with the factor that did it. */
function normalizedLines(
  x: Operand,
  eps: number,
  f: (line: number[], scale: number, index: readonly number[]) => number[],
): Memory {
  const at = reader(x);
  const last = x.shape.length - 1;
  return tabulate(x.dtype, x.shape, (index) => {
    const line = Array.from({ length: x.shape[last] }, (_, i) => at(index.with(last, i)));
    const centred = line.map((value) => value - mean(line));
    const scale = 1 / Math.sqrt(mean(centred.map((c) => c ** 2)) + eps);
    return f(
      centred.map((c) => c * scale),
      scale,
      index,
    )[index[last]];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Given x − max of its line, and Σ exp(x − max). */
function alongLastAxis(x: Operand, f: (exponent: number, sum: number) => number): Memory {
  const at = reader(x);
  const last = x.shape.length - 1;
  return tabulate(x.dtype, x.shape, (index) => {
    const line = Array.from({ length: x.shape[last] }, (_, i) => at(index.with(last, i)));
    const peak = Math.max(...line);
    const sum = line.reduce((total, value) => total + Math.exp(value - peak), 0);
    return f(at(index) - peak, sum);
  });
}
