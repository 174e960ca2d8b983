import type { Term } from '../../program/program.ts';
import { matrix, multiplyInto, packPanels, packRows } from '../matmul.ts';
import { startOf } from './column.ts';
import type { Context, Maker } from './context.ts';

/** Σ value · matrix + bias, summed in double precision and rounded once. */
export const affine: Maker<'affine'> = (node, out, context) => {
  const { size } = out;
  const sum = new Float64Array(context.batch * size);
  const bias = node.bias === undefined ? undefined : context.vector(node.bias);
  const products = node.terms.map((term) => product(term, sum, context));
  return (first, rows) => {
    if (bias === undefined) sum.fill(0, 0, rows * size);
    else for (let i = 0; i < rows; i++) sum.set(bias, i * size);
    for (const add of products) add(first, rows);
    const start = startOf(out, first);
    for (let i = 0; i < rows * size; i++) out.values[start + i] = sum[i];
  };
};

/** Adds value · weight to `sum`; the weight is packed once for all steps. */
function product({ value, weight, transposed }: Term, sum: Float64Array, context: Context) {
  const x = context.column(value);
  const { matrix: window, rows: k, columns: n } = context.matrix(weight, transposed);
  const panels = packPanels(window, k, n);
  const packed = new Float64Array(context.batch * k);
  return (first: number, rows: number): void => {
    packRows(matrix(x.values, startOf(x, first), k), rows, k, packed);
    multiplyInto(sum, 0, packed, rows, panels, true);
  };
}
