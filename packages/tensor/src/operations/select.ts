import { type DType, DTypeError, IndexError, type Shape, ShapeError } from '@unroll/backend';
import { record, wrap } from '../autograd/record.ts';
import { asTensor, fromHost, home, on } from '../core/accept.ts';
import { hostMemory, type Tensor } from '../core/tensor.ts';
import { add } from './arithmetic.ts';
import { axisOf, withLength } from './axis.ts';
import { reshape } from './core.ts';

/**
 * Slices of x along an axis, in the order of `ids`, as often as they are named. The shape of ids takes the place of the
 * axis: rows of `[vocabulary, n]` at ids `[batch, time]` are `[batch, time, n]`.
 *
 * @param ids int32, each from 0 to the length of the axis − 1
 * @param options.axis default 0
 * @throws IndexError for an id or an axis out of range; DTypeError for ids that are not int32
 * @example
 * indexSelect(tensor([[1, 2], [3, 4]]), tensor([1, 1], { dtype: 'int32' })); // [[3, 4], [3, 4]]
 */
export function indexSelect(x: Tensor, ids: Tensor, { axis = 0 }: { axis?: number } = {}): Tensor {
  const along = axisOf('indexSelect', axis, asTensor('indexSelect', x).shape);
  needIds('indexSelect', ids);
  const y = pick(x, ids.rank === 1 ? ids : reshape(ids, [ids.size]), along);
  if (ids.rank === 1) return y;
  return reshape(y, [...x.shape.slice(0, along), ...ids.shape, ...x.shape.slice(along + 1)]);
}

/** Slices at ids with one axis; their gradient is put back with {@link spread}. */
function pick(x: Tensor, ids: Tensor, axis: number): Tensor {
  const backend = home([x]);
  const memory = backend.kernels.indexSelect(x.operand, on(backend, ids), axis);
  const y = wrap(backend, memory, withLength(x.shape, axis, ids.size));
  return record('indexSelect', [x], y, ([dy]) => [dy && spread(dy, ids, x.shape, axis)], [ids]);
}

/** Zeros of a shape, to which the slices of x are added at `ids`: what {@link indexSelect} takes back. */
export function spread(x: Tensor, ids: Tensor, shape: Shape, axis: number): Tensor {
  const backend = home([x]);
  const memory = backend.kernels.indexAdd(shape, on(backend, ids), x.operand, axis);
  const y = wrap(backend, memory, shape);
  return record('indexAdd', [x], y, ([dy]) => [dy && pick(dy, ids, axis)], [ids]);
}

/**
 * One element for each id: along axis 1, y[i][j] = x[i][ids[i][j]].
 *
 * @param ids int32, as many axes as x, on the others no longer than it; y has their shape
 * @throws IndexError for an id or an axis out of range; ShapeError for ids that do not fit; DTypeError for ids that are
 * not int32
 * @example
 * gather(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: 'int32' }), { axis: 1 }); // [[2], [3]]
 */
export function gather(x: Tensor, ids: Tensor, { axis }: { axis: number }): Tensor {
  const along = axisOf('gather', axis, asTensor('gather', x).shape);
  needFitting('gather', x, ids, along);
  return gatherAt(x, ids, along);
}

function gatherAt(x: Tensor, ids: Tensor, axis: number): Tensor {
  const backend = home([x]);
  const memory = backend.kernels.gather(x.operand, on(backend, ids), axis);
  const y = wrap(backend, memory, ids.shape);
  return record('gather', [x], y, ([dy]) => [dy && scatter(dy, ids, x.shape, axis)], [ids]);
}

/**
 * x with every element of `source` added at its id: along axis 1, y[i][ids[i][j]] += source[i][j]. What meets at one
 * place is summed. The adjoint of {@link gather}.
 *
 * @param ids int32, of the shape of source; as many axes as x, on the others no longer than it
 * @throws IndexError, ShapeError, DTypeError as {@link gather} does
 * @example
 * scatterAdd(zeros([3]), tensor([2, 2], { dtype: 'int32' }), tensor([1, 5]), { axis: 0 }); // [0, 0, 6]
 */
export function scatterAdd(
  x: Tensor,
  ids: Tensor,
  source: Tensor,
  { axis }: { axis: number },
): Tensor {
  const along = axisOf('scatterAdd', axis, asTensor('scatterAdd', x).shape);
  needFitting('scatterAdd', x, ids, along);
  const { shape, dtype } = asTensor('scatterAdd', source);
  if (shape.length !== ids.rank || shape.some((n, i) => n !== ids.shape[i])) {
    throw new ShapeError(
      'scatterAdd',
      `needs an id for each element; got ids [${ids.shape.join(', ')}] and a source [${shape.join(', ')}]`,
      { ids: ids.shape, source: shape },
    );
  }
  if (dtype !== x.dtype) {
    throw new DTypeError('scatterAdd', `cannot add ${dtype} to ${x.dtype}. cast() one of them?`);
  }
  return add(x, scatter(source, ids, x.shape, along));
}

/** Zeros of a shape, to which x is added at `ids`: what {@link gather} takes back. */
function scatter(x: Tensor, ids: Tensor, shape: Shape, axis: number): Tensor {
  const backend = home([x]);
  const memory = backend.kernels.scatterAdd(shape, on(backend, ids), x.operand, axis);
  const y = wrap(backend, memory, shape);
  return record('scatterAdd', [x], y, ([dy]) => [dy && gatherAt(dy, ids, axis)], [ids]);
}

/**
 * Rows of zeros with a single 1 where the id says: `[…]` → `[…, size]`.
 *
 * @param ids int32, each from 0 to size − 1
 * @param options.dtype default float32
 * @throws IndexError for an id out of range; DTypeError for ids that are not int32
 * @example
 * oneHot(tensor([2, 0], { dtype: 'int32' }), 3); // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(
  ids: Tensor,
  size: number,
  { dtype = 'float32' }: { dtype?: DType } = {},
): Tensor {
  needIds('oneHot', ids);
  if (!Number.isInteger(size) || size < 0) {
    throw new ShapeError('oneHot', `the size must be a whole number ≥ 0; got ${size}`, { size });
  }
  const one = hostMemory(dtype, [ids.size, 1]).fill(1);
  const ones = fromHost(one, [ids.size, 1], dtype);
  const column = reshape(ids, [ids.size, 1]);
  try {
    return reshape(scatter(ones, column, [ids.size, size], 1), [...ids.shape, size]);
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    const words = error.message.slice(`${error.operation}: `.length);
    throw new IndexError('oneHot', words, error.details, error);
  }
}

/** Refuses what are no ids. */
export function needIds(operation: string, ids: Tensor): void {
  if (asTensor(operation, ids).dtype === 'int32') return;
  throw new DTypeError(operation, `ids must be int32; got ${ids.dtype}. cast(ids, 'int32')?`, {
    dtype: ids.dtype,
  });
}

function needFitting(operation: string, x: Tensor, ids: Tensor, axis: number): void {
  needIds(operation, ids);
  const fits = ids.rank === x.rank && ids.shape.every((n, i) => i === axis || n <= x.shape[i]);
  if (fits) return;
  throw new ShapeError(
    operation,
    `ids must have the axes of x, none but axis ${axis} longer; got ids [${ids.shape.join(', ')}] for [${x.shape.join(', ')}]. indexSelect() takes whole slices.`,
    { ids: ids.shape, shape: x.shape, axis },
  );
}
