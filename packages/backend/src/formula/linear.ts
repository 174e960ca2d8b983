import type { Expression } from './expression.ts';
import * as e from './expression.ts';

/**
 * A gradient flows back through products and sums only, so a select that lets it through (`select(c, g, 0)`) can stay
 * outermost: g is multiplied, then selected. So ∞ or NaN in a branch that was not taken never meets the 0.
 */
function through(g: Expression, map: (x: Expression) => Expression): Expression {
  if (g.kind === 'apply' && g.op === 'select') {
    const [condition, a, b] = g.args;
    if (isZero(b)) return e.select(condition, through(a, map), b);
    if (isZero(a)) return e.select(condition, a, through(b, map));
  }
  return map(g);
}

/** g · factor. */
export function times(g: Expression, factor: Expression): Expression {
  return through(g, (x) => e.multiply(x, factor));
}

/** g / divisor. */
export function over(g: Expression, divisor: Expression): Expression {
  return through(g, (x) => e.divide(x, divisor));
}

/** The sum of two gradients of one value; under one condition it stays selected. */
export function plus(g: Expression | undefined, h: Expression | undefined): Expression | undefined {
  if (g === undefined || h === undefined) return g ?? h;
  if (g.kind === 'apply' && h.kind === 'apply' && g.op === 'select' && h.op === 'select') {
    const [c, a, b] = g.args;
    const [d, p, q] = h.args;
    if (c === d && isZero(b) && isZero(q)) return e.select(c, plus(a, p)!, 0);
    if (c === d && isZero(a) && isZero(p)) return e.select(c, 0, plus(b, q)!);
  }
  return e.add(g, h);
}

function isZero(x: Expression): boolean {
  return x.kind === 'constant' && x.value === 0;
}
