import { zerosLike } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import { addAll, mul } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { sum } from '../operations/reduce.ts';
import { gradWhereUsed } from './backward.ts';
import { isGradEnabled, withRecording } from './mode.ts';

/**
 * Gradients of a kernel's inputs by differentiating what it stands for, composed of ordinary operations: recorded, if
 * recording is on, so that they can be differentiated again.
 *
 * @param compose the kernel's outputs from its inputs
 * @param gradients those of the outputs; an absent one is zero
 * @param needs which inputs want one
 */
export function composedGradients(
  compose: (inputs: Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  gradients: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
): (Tensor | undefined)[] {
  // A plain backward pass does not record; what is composed must be, to be differentiated at all.
  const createGraph = isGradEnabled();
  const found = withRecording(true, () => {
    // An input may itself depend on another one. Differentiating with respect to aliases keeps their paths apart.
    const aliases = inputs.map((x) => reshape(x, x.shape));
    const terms = compose(aliases).flatMap((y, i) => {
      const dy = gradients[i];
      return dy ? [sum(mul(y, dy))] : [];
    });
    const wanted = aliases.filter((_, i) => needs[i]);
    // An input that nothing reads, as a state may be, has a gradient as well: zero.
    return gradWhereUsed(addAll(terms), wanted, { createGraph }).map(
      (gradient, i) => gradient ?? zerosLike(wanted[i]),
    );
  });
  return needs.map((need) => (need ? found.shift() : undefined));
}
