import { ShapeError } from '@unroll/backend';
import { isGradEnabled } from '../autograd/mode.ts';
import { record, wrap } from '../autograd/record.ts';
import { asTensor, needFloating, on } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, mul, rsqrt, square, sub } from './arithmetic.ts';
import { mean } from './reduce.ts';
import { unrecorded } from './unrecorded.ts';

const row = { axis: -1, keepDims: true } as const;

/**
 * Every row made mean 0 and variance 1: `y = (x − μ)/√(σ² + ε)`, μ and σ² over the last axis, σ² divided by its length.
 * One loop forward and one backward where the backend has them.
 *
 * @param options.eps ε, so that a row of equals becomes zeros; default 1e-5
 * @throws DTypeError for ids and masks; ShapeError for a scalar
 * @example
 * normalize(tensor([[1, 3]]), { eps: 0 }); // [[-1, 1]]
 */
export function normalize(x: Tensor, { eps = 1e-5 }: { eps?: number } = {}): Tensor {
  needFloating('normalize', [asTensor('normalize', x)]);
  if (x.rank === 0) throw new ShapeError('normalize', 'needs at least one axis; got a scalar');
  const { backend } = x.storage;
  const memory = backend.fused.normalize?.(x.operand, eps);
  const y = memory
    ? wrap(backend, memory, x.shape)
    : unrecorded('normalize', () => composed(x, eps).y);
  return record('normalize', [x], y, ([dy]) => [dy && slope(x, dy, eps)], [x]);
}

/** dx from dy; a recorded backward pass is composed, so that it can be differentiated again. */
function slope(x: Tensor, dy: Tensor, eps: number): Tensor {
  const { backend } = x.storage;
  const { normalizeBackward } = backend.fused;
  if (normalizeBackward && !isGradEnabled()) {
    return wrap(backend, normalizeBackward(x.operand, on(backend, dy), eps), x.shape);
  }
  const { y, scale } = composed(x, eps);
  const along = mul(y, mean(mul(dy, y), row));
  return mul(sub(sub(dy, mean(dy, row)), along), scale);
}

function composed(x: Tensor, eps: number): { y: Tensor; scale: Tensor } {
  const centred = sub(x, mean(x, row));
  const scale = rsqrt(add(mean(square(centred), row), eps));
  return { y: mul(centred, scale), scale };
}
