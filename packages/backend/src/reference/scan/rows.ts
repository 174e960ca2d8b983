import { exp } from '../../math/index.ts';
import { type Column, startOf } from './column.ts';
import type { Kernel, Maker } from './context.ts';

/** Row by row: `at` is where the row of the result begins, `i` the sequence. */
function eachRow(out: Column, inputs: readonly Column[], row: RowKernel): Kernel {
  const at = new Array<number>(inputs.length);
  return (first, rows) => {
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < at.length; k++) at[k] = startOf(inputs[k], first) + i * inputs[k].size;
      row(startOf(out, first) + i * out.size, at, i);
    }
  };
}

type RowKernel = (to: number, at: readonly number[], i: number) => void;

export const rowNorm: Maker<'rowNorm'> = (node, out, context) => {
  const x = context.column(node.x);
  const n = x.size;
  return eachRow(out, [x], (to, [at]) => {
    const { mean, rstd } = moments(x, at, node.eps);
    for (let j = 0; j < n; j++) out.values[to + j] = (x.values[at + j] - mean) * rstd;
  });
};

export const rowNormGradient: Maker<'rowNormGradient'> = (node, out, context) => {
  const inputs = [node.x, node.normed, node.gradient].map((ref) => context.column(ref));
  const [x, normed, dy] = inputs;
  const n = x.size;
  return eachRow(out, inputs, (to, [atX, atNormed, atDy]) => {
    const { rstd } = moments(x, atX, node.eps);
    let sum = 0;
    let dot = 0;
    for (let j = 0; j < n; j++) {
      sum += dy.values[atDy + j];
      dot += dy.values[atDy + j] * normed.values[atNormed + j];
    }
    for (let j = 0; j < n; j++) {
      const centred = dy.values[atDy + j] - sum / n - (normed.values[atNormed + j] * dot) / n;
      out.values[to + j] = rstd * centred;
    }
  });
};

function moments(x: Column, at: number, eps: number): { mean: number; rstd: number } {
  const n = x.size;
  let sum = 0;
  for (let j = 0; j < n; j++) sum += x.values[at + j];
  const mean = sum / n;
  let squares = 0;
  for (let j = 0; j < n; j++) squares += (x.values[at + j] - mean) ** 2;
  return { mean, rstd: 1 / Math.sqrt(squares / n + eps) };
}

/** Softmax of what exists of each row; a row of which nothing exists is 0. */
export const rowSoftmax: Maker<'rowSoftmax'> = (node, out, context) => {
  const x = context.column(node.x);
  const lengths = context.lengths(node.x);
  const e = new Float64Array(x.size);
  return eachRow(out, [x], (to, [at], i) => {
    const n = lengths?.[i] ?? x.size;
    let max = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < n; j++) max = Math.max(max, x.values[at + j]);
    let sum = 0;
    for (let j = 0; j < n; j++) {
      e[j] = exp(x.values[at + j] - max);
      sum += e[j];
    }
    for (let j = 0; j < x.size; j++) out.values[to + j] = j < n ? e[j] / sum : 0;
  });
};

export const rowSoftmaxGradient: Maker<'rowSoftmaxGradient'> = (node, out, context) => {
  const inputs = [context.column(node.y), context.column(node.gradient)];
  const [y, dy] = inputs;
  const lengths = context.lengths(node.y);
  return eachRow(out, inputs, (to, [atY, atDy], i) => {
    const n = lengths?.[i] ?? y.size;
    let dot = 0;
    for (let j = 0; j < n; j++) dot += dy.values[atDy + j] * y.values[atY + j];
    for (let j = 0; j < y.size; j++) {
      out.values[to + j] = j < n ? y.values[atY + j] * (dy.values[atDy + j] - dot) : 0;
    }
  });
};

export const rowSum: Maker<'rowSum'> = (node, out, context) => {
  const x = context.column(node.x);
  const lengths = context.lengths(node.x);
  return eachRow(out, [x], (to, [at], i) => {
    const n = lengths?.[i] ?? x.size;
    let sum = 0;
    for (let j = 0; j < n; j++) sum += x.values[at + j];
    out.values[to] = sum;
  });
};

export const columns: Maker<'columns'> = (node, out, context) => {
  const x = context.column(node.x);
  const [from] = node.window;
  return eachRow(out, [x], (to, [at]) => {
    for (let j = 0; j < out.size; j++) out.values[to + j] = x.values[at + from + j];
  });
};

export const columnsGradient: Maker<'columnsGradient'> = (node, out, context) => {
  const dy = context.column(node.gradient);
  const [from, end] = node.window;
  return eachRow(out, [dy], (to, [at]) => {
    for (let j = 0; j < out.size; j++) {
      out.values[to + j] = j >= from && j < end ? dy.values[at + j - from] : 0;
    }
  });
};

export const concat: Maker<'concat'> = (node, out, context) => {
  const parts = node.parts.map((part) => context.column(part));
  return eachRow(out, parts, (to, at) => {
    let offset = to;
    for (let k = 0; k < parts.length; k++) {
      const { values, size } = parts[k];
      for (let j = 0; j < size; j++) out.values[offset + j] = values[at[k] + j];
      offset += size;
    }
  });
};
