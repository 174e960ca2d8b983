import type { Formula } from '../formula/formula.ts';
import type { Program, Ref, Size, Sum } from './program.ts';

/** Columns of a size; the length of a source is known only when a program runs. */
export type Columns = (size: Size) => number;

const fixed: Columns = (size) => {
  if (typeof size === 'number') return size;
  throw new TypeError(`the length of source '${size.source}' is not known`);
};

/** Arithmetic operations of a formula at one element: each primitive is one, be it + or tanh. */
export function formulaFlops({ steps }: Formula): number {
  return steps.filter(({ op }) => op !== 'constant').length;
}

/** Arithmetic operations of one value for one row. A multiplication and an addition are two; a bias is not counted. */
export function valueFlops({ values }: Program, ref: Ref, columns: Columns = fixed): number {
  const value = values[ref];
  const n = columns(value.size);
  const sizeOf = (operand: Ref) => columns(values[operand].size);
  switch (value.kind) {
    case 'affine':
      return value.terms.reduce((sum, term) => sum + 2 * sizeOf(term.value) * n, 0);
    case 'pointwise':
      return formulaFlops(value.formula) * n;
    // Mean, variance, and (x − mean)·rstd.
    case 'rowNorm':
      return 6 * n;
    // Two sums, one of products, then three more operations.
    case 'rowNormGradient':
      return 8 * n;
    // Maximum, subtraction, exp, sum, division.
    case 'rowSoftmax':
      return 5 * n;
    case 'rowSoftmaxGradient':
      return 4 * n;
    case 'rowSum':
      return sizeOf(value.x);
    case 'score':
      return (value.form === 'dot' ? 2 : 4) * sizeOf(value.query) * n;
    case 'scoreGradient':
      return 6 * n * sizeOf(value.gradient);
    case 'memorySum':
      return 2 * sizeOf(value.weights) * n;
    default:
      return 0;
  }
}

/** Arithmetic operations of a sum for one row. */
export function sumFlops({ values }: Program, sum: Sum, columns: Columns = fixed): number {
  const sizeOf = (operand: Ref) => columns(values[operand].size);
  switch (sum.kind) {
    case 'product':
      return 2 * sizeOf(sum.left) * sizeOf(sum.right);
    case 'columns':
    case 'steps':
      return sizeOf(sum.value);
    case 'outer':
      return 2 * sizeOf(sum.weights) * sizeOf(sum.vector);
    case 'additiveKeys':
      return 6 * sizeOf(sum.gradient) * sizeOf(sum.query);
    case 'additiveVector':
      return 4 * sizeOf(sum.gradient) * sizeOf(sum.query);
  }
}

/** Arithmetic operations of a whole program, with its sums, for one row of one step. */
export function programFlops(program: Program, columns: Columns = fixed): number {
  const values = program.values.reduce((n, _, ref) => n + valueFlops(program, ref, columns), 0);
  return program.sums.reduce((n, sum) => n + sumFlops(program, sum, columns), values);
}
