import { OptionError, ShapeError } from '@unroll/backend';
import { Sequence, Tensor } from '@unroll/tensor';

/** What a layer that works row by row takes, and gives back in the same kind. */
export type Rows = Tensor | Sequence;

/** Applies `fn` to a tensor, or to the rows of a sequence. */
export function rowwise<X extends Rows>(x: X, fn: (rows: Tensor) => Tensor): X {
  return (x instanceof Sequence ? x.map(fn) : fn(x as Tensor)) as X;
}

/** Refuses rows of another size. What is no tensor at all is left to the first operation. */
export function needFeatures(operation: string, x: Tensor, option: string, size: number): void {
  if (!(x instanceof Tensor) || x.shape.at(-1) === size) return;
  throw new ShapeError(
    operation,
    `${option} is ${size}; got [${x.shape.join(', ')}], whose last axis is ${x.shape.at(-1) ?? 'missing'}`,
    { [option]: size, shape: x.shape },
  );
}

/** Refuses sizes that are not whole numbers above 0. */
export function needSizes(operation: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, n] of Object.entries(sizes)) {
    if (Number.isInteger(n) && n > 0) continue;
    throw new OptionError(operation, `${name} must be a whole number above 0; got ${n}`, {
      [name]: n,
    });
  }
}

/** Refuses an ε that is not a finite number above 0. */
export function needEpsilon(operation: string, eps: number): void {
  if (Number.isFinite(eps) && eps > 0) return;
  throw new OptionError(operation, `eps must be a finite number above 0; got ${eps}`, { eps });
}
