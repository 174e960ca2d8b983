import {
  AutogradError,
  type DType,
  DTypeError,
  type Shape,
  ShapeError,
  sameShape,
} from '@unroll/backend';
import { on } from './accept.ts';
import type { Tensor } from './tensor.ts';

/**
 * Overwrites the values of `target` with those of `source`: the one exception to "a tensor never changes", for
 * optimizers, loading and averaging. Everything that shares the memory changes with it, and a backward pass that saved
 * the older values fails with a message that names `writer`.
 *
 * @param writer who writes, for that message
 * @throws ShapeError, DTypeError when the two do not agree; AutogradError when the target was computed
 */
export function assign(target: Tensor, source: Tensor, writer = 'assign'): void {
  checkAssign(target, source.shape, source.dtype);
  const { backend } = target.storage;
  backend.kernels.assign(target.operand, on(backend, source));
  target.storage.written(writer);
}

/** Refuses to write values of a shape and dtype over a target that they do not fit, or that was computed. */
export function checkAssign(target: Tensor, shape: Shape, dtype: DType): void {
  if (target.node) {
    throw new AutogradError(
      'assign',
      `the target was computed by ${target.node.name}; assign to a leaf or a detached tensor`,
    );
  }
  if (!sameShape(target.shape, shape)) {
    throw new ShapeError(
      'assign',
      `shapes must be equal; got [${target.shape.join(', ')}] and [${shape.join(', ')}]`,
      { target: target.shape, source: shape },
    );
  }
  if (target.dtype !== dtype) {
    throw new DTypeError(
      'assign',
      `dtypes must be equal; got ${target.dtype} and ${dtype}. cast() the source?`,
    );
  }
}
