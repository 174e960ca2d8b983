import { AutogradError, DTypeError, ShapeError, sameShape } from '@unroll/backend';
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
  if (target.node) {
    throw new AutogradError(
      'assign',
      `the target was computed by ${target.node.name}; assign to a leaf or a detached tensor`,
    );
  }
  if (!sameShape(target.shape, source.shape)) {
    throw new ShapeError(
      'assign',
      `shapes must be equal; got [${target.shape.join(', ')}] and [${source.shape.join(', ')}]`,
      { target: target.shape, source: source.shape },
    );
  }
  if (target.dtype !== source.dtype) {
    throw new DTypeError(
      'assign',
      `dtypes must be equal; got ${target.dtype} and ${source.dtype}. cast() the source?`,
    );
  }
  const { backend } = target.storage;
  backend.kernels.assign(target.operand, on(backend, source));
  target.storage.written(writer);
}
