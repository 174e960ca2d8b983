import { ShapeError } from '@unroll/backend';
import { add, concat, matmul, type Symbolic } from '@unroll/tensor';

/** `[value, matrix]`: value · matrix; several values side by side are written `[[h, x], W]`, as on the slide. */
export type Product = readonly [value: Symbolic | readonly Symbolic[], matrix: Symbolic];

/**
 * Inside a step: the sum of products and vectors, `x·W + h·U + b`. An absent vector (`bias: false`) is left out.
 *
 * @example
 * affine([x, W.f], [h, U.f], b.f)   // x·W_f + h·U_f + b_f
 * affine([[h, x], W_f], b_f)        // [h, x]·W_f + b_f, the slide's W_f·[h_{t−1}, x_t] + b_f
 */
export function affine(...terms: readonly (Product | Symbolic | undefined)[]): Symbolic {
  const present = terms.filter((term) => term !== undefined);
  if (present.length === 0) throw new ShapeError('affine', 'needs at least one product');
  return present.map(value).reduce((total, term) => add(total, term));
}

function value(term: Product | Symbolic): Symbolic {
  if (!isProduct(term)) return term;
  const [x, matrix] = term;
  return matmul(isList(x) ? concat([...x], { axis: 1 }) : x, matrix);
}

function isProduct(term: Product | Symbolic): term is Product {
  return Array.isArray(term);
}

function isList(x: Symbolic | readonly Symbolic[]): x is readonly Symbolic[] {
  return Array.isArray(x);
}
