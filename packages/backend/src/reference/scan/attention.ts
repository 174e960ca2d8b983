import { tanh } from '../../math/index.ts';
import { startOf } from './column.ts';
import type { Maker } from './context.ts';

/** Scores of the entries that exist, 0 for the others. */
export const score: Maker<'score'> = (node, out, context) => {
  const query = context.column(node.query);
  const { values, source, size, lengths } = context.memory(node.memory);
  const vector = node.form === 'additive' ? context.vector(node.vector) : undefined;
  const entry = (q: number, k: number): number => {
    let sum = 0;
    for (let n = 0; n < size; n++) {
      const [a, b] = [query.values[q + n], values[k + n]];
      sum += vector === undefined ? a * b : vector[n] * tanh(a + b);
    }
    return sum;
  };
  return (first, rows) => {
    for (let i = 0; i < rows; i++) {
      const q = startOf(query, first) + i * size;
      const to = startOf(out, first) + i * source;
      for (let j = 0; j < source; j++) {
        out.values[to + j] = j < lengths[i] ? entry(q, (i * source + j) * size) : 0;
      }
    }
  };
};

export const scoreGradient: Maker<'scoreGradient'> = (node, out, context) => {
  const query = context.column(node.query);
  const ds = context.column(node.gradient);
  const { values, source, size, lengths } = context.memory(node.memory);
  const vector = context.vector(node.vector);
  const sum = new Float64Array(size);
  return (first, rows) => {
    for (let i = 0; i < rows; i++) {
      const q = startOf(query, first) + i * size;
      sum.fill(0);
      for (let j = 0; j < lengths[i]; j++) {
        const weight = ds.values[startOf(ds, first) + i * source + j];
        const k = (i * source + j) * size;
        for (let n = 0; n < size; n++) {
          const y = tanh(query.values[q + n] + values[k + n]);
          sum[n] += weight * vector[n] * (1 - y * y);
        }
      }
      const to = startOf(out, first) + i * size;
      for (let n = 0; n < size; n++) out.values[to + n] = sum[n];
    }
  };
};

export const memorySum: Maker<'memorySum'> = (node, out, context) => {
  const weights = context.column(node.weights);
  const { values, source, size, lengths } = context.memory(node.memory);
  const sum = new Float64Array(size);
  return (first, rows) => {
    for (let i = 0; i < rows; i++) {
      sum.fill(0);
      for (let j = 0; j < lengths[i]; j++) {
        const weight = weights.values[startOf(weights, first) + i * source + j];
        const m = (i * source + j) * size;
        for (let n = 0; n < size; n++) sum[n] += weight * values[m + n];
      }
      const to = startOf(out, first) + i * size;
      for (let n = 0; n < size; n++) out.values[to + n] = sum[n];
    }
  };
};
