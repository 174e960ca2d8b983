import { DTypeError, type Shape, ShapeError, sizeOf, UnsupportedError } from '@unroll/backend';
import { record, view, wrap } from '../autograd/record.ts';
import { asTensor, fromHost, home, on } from '../core/accept.ts';
import { startsOf } from '../core/starts.ts';
import { Symbolic } from '../core/symbolic.ts';
import { hostMemory, type Tensor } from '../core/tensor.ts';
import { axisOf, withLength } from './axis.ts';
import { needColumns } from './columns.ts';
import { reshape } from './core.ts';
import { needLike, needSome, sameOn, sizesOf } from './join-checks.ts';

// concat and split stand in one room because each is the other's derivative.

/** Along which axis; default 0, the first. */
interface AxisOption {
  axis?: number;
}

/**
 * Tensors one after another along an axis; all other axes agree. Values inside a step take `{ axis: -1 }`.
 *
 * @throws ShapeError, DTypeError naming the part that does not fit; OptionError for an empty list
 * @example
 * concat([tensor([[1], [2]]), tensor([[3], [4]])], { axis: 1 }); // [[1, 3], [2, 4]]
 */
export function concat(parts: readonly Tensor[], options?: AxisOption): Tensor;
export function concat(parts: readonly Symbolic[], options?: AxisOption): Symbolic;
export function concat(
  parts: readonly Tensor[] | readonly Symbolic[],
  { axis = 0 }: AxisOption = {},
): Tensor | Symbolic {
  const symbol = parts.find((x) => x instanceof Symbolic);
  if (symbol) return concatSymbols(symbol, parts, axis);
  const tensors = parts.map((x) => asTensor('concat', x));
  needSome('concat', tensors);
  const along = axisOf('concat', axis, tensors[0].shape);
  for (const [i, x] of tensors.entries()) needLike(tensors[0], x, i, along);
  const sizes = tensors.map((x) => x.shape[along]);
  const total = sizes.reduce((a, b) => a + b, 0);
  const backend = home(tensors);
  const operands = tensors.map((x) => on(backend, x));
  const memory = backend.kernels.concat(operands, along);
  const y = wrap(backend, memory, withLength(tensors[0].shape, along, total));
  return record('concat', tensors, y, ([dy]) => (dy ? split(dy, sizes, { axis: along }) : []));
}

/**
 * Tensors of one shape along a new axis.
 *
 * @param options.axis where the new axis stands in the result; default 0
 * @throws ShapeError for shapes that differ; OptionError for an empty list
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])], { axis: 1 }); // [[1, 3], [2, 4]]
 */
export function stack(parts: readonly Tensor[], { axis = 0 }: AxisOption = {}): Tensor {
  const tensors = parts.map((x) => asTensor('stack', x));
  needSome('stack', tensors);
  const { shape } = tensors[0];
  const at = axisOf('stack', axis, [...shape, 1]);
  const wrong = tensors.findIndex((x) => !sameOn(shape, x.shape));
  if (wrong >= 0) {
    throw new ShapeError(
      'stack',
      `shapes must be equal; part 0 is [${shape.join(', ')}], part ${wrong} is [${tensors[wrong].shape.join(', ')}]. concat() joins along an axis that exists.`,
      { left: shape, right: tensors[wrong].shape },
    );
  }
  const longer = shape.toSpliced(at, 0, 1);
  return concat(
    tensors.map((x) => reshape(x, longer)),
    { axis: at },
  );
}

/**
 * x cut along an axis: into a number of equal parts, or into parts of given sizes. Parts along the first axis share
 * memory with x. Values inside a step take `{ axis: -1 }`.
 *
 * @param parts how many, or the size of each; not, as in PyTorch, the size of all
 * @throws ShapeError when the parts do not make up the axis
 * @example
 * const [a, b] = split(tensor([1, 2, 3, 4]), 2);      // [1, 2] and [3, 4]
 * const [c, d] = split(tensor([1, 2, 3, 4]), [1, 3]); // [1] and [2, 3, 4]
 */
export function split(x: Tensor, parts: number | readonly number[], options?: AxisOption): Tensor[];
export function split(
  x: Symbolic,
  parts: number | readonly number[],
  options?: AxisOption,
): Symbolic[];
export function split(
  x: Tensor | Symbolic,
  parts: number | readonly number[],
  { axis = 0 }: AxisOption = {},
): Tensor[] | Symbolic[] {
  if (x instanceof Symbolic) return splitSymbol(x, parts, axis);
  const along = axisOf('split', axis, asTensor('split', x).shape);
  const sizes = sizesOf(parts, x.shape[along], `axis ${axis} of [${x.shape.join(', ')}]`);
  const pieces = startsOf(sizes).map((from, i) => piece(x, along, from, sizes[i]));
  return record('split', [x], pieces, (gradients) => [
    concat(
      pieces.map(({ shape }, i) => gradients[i] ?? zerosBeside(x, shape)),
      { axis: along },
    ),
  ]);
}

function piece(x: Tensor, axis: number, from: number, size: number): Tensor {
  const shape = withLength(x.shape, axis, size);
  if (axis === 0) return view(x, shape, x.offset + from * sizeOf(shape.slice(1)));
  const { backend } = x.storage;
  const starts = shape.map((_, i) => (i === axis ? from : 0));
  const steps = shape.map(() => 1);
  return wrap(backend, backend.kernels.slice(x.operand, starts, shape, steps), shape);
}

function zerosBeside(x: Tensor, shape: Shape): Tensor {
  return fromHost(hostMemory(x.dtype, shape), shape, x.dtype, x.storage.backend);
}

function concatSymbols(
  symbol: Symbolic,
  parts: readonly (Tensor | Symbolic)[],
  axis: number,
): Symbolic {
  needColumns('concat', axis);
  const wrong = parts.filter((x) => !(x instanceof Symbolic));
  if (wrong.length === 0) return symbol.tracer.concat(parts as readonly Symbolic[]);
  throw new DTypeError(
    'concat',
    `a step closes over a tensor (${asTensor('concat', wrong[0])}). Declare it as a weight or an input of the cell.`,
  );
}

function splitSymbol(x: Symbolic, parts: number | readonly number[], axis: number): Symbolic[] {
  needColumns('split', axis);
  if (typeof x.size !== 'number') {
    throw new UnsupportedError(
      'split',
      `a row over the source '${x.size.source}' has no fixed size`,
    );
  }
  const sizes = sizesOf(parts, x.size, `a row of ${x.size} columns`);
  return startsOf(sizes).map((from, i) => x.tracer.columns(x, from, from + sizes[i]));
}
