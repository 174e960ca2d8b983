import { ShapeError, sameShape } from '@unroll/backend';
import { isGradEnabled } from '../autograd/mode.ts';
import { record, wrap } from '../autograd/record.ts';
import { asTensor, home, needFloating, on } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul, neg, notEqual, sub, where } from './arithmetic.ts';
import { reshape } from './core.ts';
import { gather, needIds, oneHot } from './select.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { unrecorded } from './unrecorded.ts';

/**
 * −log of the probability that softmax(x) gives to each row's id: `L = log Σ eˣ − x_id`, and `dx = (softmax(x) − 1 at
 * the id)·dL`. One loop forward and one backward where the backend has them. Rows that are ignored cost 0 and get no
 * gradient.
 *
 * @param x logits `[rows, classes]`
 * @param ids int32 `[rows]`
 * @param options.ignoreIndex an id whose rows do not count; it need not be a class; default −100
 * @throws IndexError for an id that is no class; ShapeError for ids that do not fit; DTypeError for ids that are not int32
 * @example
 * softmaxCrossEntropy(tensor([[2, 0, 0]]), tensor([0], { dtype: 'int32' })); // [0.2395]
 */
export function softmaxCrossEntropy(
  x: Tensor,
  ids: Tensor,
  { ignoreIndex = -100 }: { ignoreIndex?: number } = {},
): Tensor {
  check(x, ids);
  const backend = home([x]);
  const { crossEntropy } = backend.fused;
  const losses = crossEntropy
    ? wrap(backend, crossEntropy(x.operand, on(backend, ids), ignoreIndex), ids.shape)
    : unrecorded('softmaxCrossEntropy', () => composed(x, ids, ignoreIndex));
  return record(
    'softmaxCrossEntropy',
    [x],
    losses,
    ([dy]) => [dy && slope(x, ids, dy, ignoreIndex)],
    [x, ids],
  );
}

/** dx from dL; a recorded backward pass is composed, so that it can be differentiated again. */
function slope(x: Tensor, ids: Tensor, dy: Tensor, ignoreIndex: number): Tensor {
  const { backend } = x.storage;
  const { crossEntropyBackward } = backend.fused;
  if (crossEntropyBackward && !isGradEnabled()) {
    const dx = crossEntropyBackward(x.operand, on(backend, ids), on(backend, dy), ignoreIndex);
    return wrap(backend, dx, x.shape);
  }
  const { real, known } = realOf(ids, ignoreIndex);
  const hot = oneHot(known, x.shape[1], { dtype: x.dtype });
  const column = [ids.size, 1];
  const dx = mul(sub(softmax(x), hot), reshape(dy, column));
  return where(reshape(real, column), dx, 0);
}

function composed(x: Tensor, ids: Tensor, ignoreIndex: number): Tensor {
  const { real, known } = realOf(ids, ignoreIndex);
  const picked = gather(logSoftmax(x), reshape(known, [ids.size, 1]), { axis: 1 });
  return where(real, neg(reshape(picked, ids.shape)), 0);
}

/** Which rows count, and ids that are classes where those do that count. */
function realOf(ids: Tensor, ignoreIndex: number): { real: Tensor; known: Tensor } {
  const real = notEqual(ids, ignoreIndex);
  return { real, known: where(real, ids, 0) };
}

function check(x: Tensor, ids: Tensor): void {
  const operation = 'softmaxCrossEntropy';
  needFloating(operation, [asTensor(operation, x)]);
  needIds(operation, ids);
  if (x.rank === 2 && sameShape(ids.shape, [x.shape[0]])) return;
  throw new ShapeError(
    operation,
    `needs logits [rows, classes] and an id for each row; got [${x.shape.join(', ')}] and ids [${ids.shape.join(', ')}]`,
    { logits: x.shape, ids: ids.shape },
  );
}
