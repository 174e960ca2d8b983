import { BLOCK, FormulaEvaluator } from '../../formula/evaluate.ts';
import { startOf } from './column.ts';
import type { Context, Kernel, Maker } from './context.ts';

/** Puts the elements `[from, to)` of a step, counted row by row, into a block. */
type Load = (block: Float64Array, first: number, from: number, to: number) => void;

/** A formula block by block, in double precision, rounded once. */
export const pointwise: Maker<'pointwise'> = (node, out, context): Kernel => {
  const { size, values } = out;
  const evaluator = new FormulaEvaluator(node.formula);
  const loads = node.args.map((arg) => load(arg, size, context));
  return (first, rows) => {
    const start = startOf(out, first);
    const total = rows * size;
    for (let from = 0; from < total; from += BLOCK) {
      const to = Math.min(from + BLOCK, total);
      for (let i = 0; i < loads.length; i++) loads[i](evaluator.argument(i), first, from, to);
      evaluator.run(to - from);
      const result = evaluator.result(0);
      for (let i = from; i < to; i++) values[start + i] = result[i - from];
    }
  };
};

function load(arg: number, size: number, context: Context): Load {
  if (context.isWeight(arg)) {
    const vector = context.vector(arg);
    return vector.length === 1 ? constant(vector[0]) : repeated(vector);
  }
  const column = context.column(arg);
  const { values } = column;
  if (column.size === 1 && size !== 1) {
    return (block, first, from, to) => {
      const start = startOf(column, first);
      for (let i = from; i < to; i++) block[i - from] = values[start + Math.floor(i / size)];
    };
  }
  return (block, first, from, to) => {
    const start = startOf(column, first);
    for (let i = from; i < to; i++) block[i - from] = values[start + i];
  };
}

/** The vector for every row. */
function repeated(vector: Float64Array): Load {
  const n = vector.length;
  return (block, _first, from, to) => {
    for (let i = from, j = from % n; i < to; i++) {
      block[i - from] = vector[j];
      j = j + 1 === n ? 0 : j + 1;
    }
  };
}

function constant(value: number): Load {
  return (block, _first, from, to) => {
    block.fill(value, 0, to - from);
  };
}
