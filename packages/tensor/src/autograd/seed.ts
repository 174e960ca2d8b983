import { AutogradError, DTypeError, isFloating, ShapeError, sameShape } from '@unroll/backend';
import { fromHost } from '../core/accept.ts';
import { hostMemory, type Tensor } from '../core/tensor.ts';

/**
 * The gradient that a backward pass begins with: the given one, or 1 for a scalar.
 *
 * @throws AutogradError where nothing requires a gradient, or a tensor that is no scalar has none; ShapeError, DTypeError
 * where the given one does not fit
 */
export function seed(root: Tensor, gradient: Tensor | undefined): Tensor {
  if (!root.requiresGrad) {
    throw new AutogradError(
      'backward',
      `nothing here requires a gradient: ${root.toString()}. Was it made under noGrad, or from tensors without requiresGrad?`,
    );
  }
  if (gradient) {
    if (!sameShape(gradient.shape, root.shape)) {
      throw new ShapeError(
        'backward',
        `the gradient must have the tensor's shape; got [${gradient.shape.join(', ')}] for [${root.shape.join(', ')}]`,
      );
    }
    if (!isFloating(gradient.dtype))
      throw new DTypeError('backward', `the gradient is ${gradient.dtype}`);
    return gradient;
  }
  if (root.size !== 1) {
    throw new AutogradError(
      'backward',
      `a tensor of shape [${root.shape.join(', ')}] needs { gradient }. Reduce it with sum() or mean() first?`,
    );
  }
  const one = hostMemory(root.dtype, root.shape);
  one[0] = 1;
  return fromHost(one, root.shape, root.dtype, root.storage.backend);
}
