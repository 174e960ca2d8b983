import type { Tensor } from '../core/tensor.ts';
import { operation } from '../profile/scope.ts';
import { noGrad } from './mode.ts';
import { record } from './record.ts';

export interface OpDefinition<Inputs extends Tensor[]> {
  /** What messages and profiles call it. */
  name: string;
  /** The result; runs unrecorded. */
  forward: (...inputs: Inputs) => Tensor;
  /**
   * Gradients of the inputs, in their order and shapes; undefined for none. Write it with operations, and it can be
   * differentiated again.
   */
  backward: (call: {
    inputs: Inputs;
    output: Tensor;
    gradient: Tensor;
  }) => readonly (Tensor | undefined)[];
}

/**
 * A custom operation with its own gradient.
 *
 * @example
 * // The identity forward, the gradient turned around (Ganin & Lempitsky 2015)
 * const reverseGradient = defineOp({
 *   name: 'reverseGradient',
 *   forward: (x) => mul(x, 1),
 *   backward: ({ gradient }) => [neg(gradient)],
 * });
 */
export function defineOp<Inputs extends Tensor[]>(
  definition: OpDefinition<Inputs>,
): (...inputs: Inputs) => Tensor {
  return (...inputs) => {
    const forward = () => noGrad(() => definition.forward(...inputs));
    const output = operation(definition.name, forward).detach();
    return record(
      definition.name,
      inputs,
      output,
      ([gradient]) => {
        if (!gradient) return [];
        const found = definition.backward({ inputs, output, gradient });
        // They may have been kept.
        for (const seen of [gradient, ...found]) if (seen) seen.storage.isSeen = true;
        return found;
      },
      [...inputs, output],
    );
  };
}
