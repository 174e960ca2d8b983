import type { Program } from '@unroll/backend';
import { mul, randomStream, type Sequence, type Tensor, type Tensors } from '@unroll/tensor';

/** Random zeros that a wrapper brings into a cell while it trains: each element is `value` with probability p, else 0. */
export type Mask = {
  /** Of its random stream, below the name of the layer; and of the program's input that it is. */
  readonly name: string;
  readonly p: number;
  readonly value: number;
} & (
  | {
      /** New at every step `[rows, size]`, or one for each whole sequence `[batch, size]`. */
      readonly kind: 'steps' | 'sequences';
      readonly size: number;
    }
  | {
      /** One for all sequences of a run, in the shape of a weight, which it multiplies. */
      readonly kind: 'weights';
      readonly weight: string;
    }
);

/** What a cell runs while it trains, where that is not what it runs in use. */
export interface Training {
  readonly program: Program;
  readonly masks: readonly Mask[];
}

/** The inputs of one run of a program. */
export interface Drawn {
  readonly steps: Tensors;
  readonly sequences: Tensors;
  readonly parameters: Tensors;
}

/**
 * Draws the masks of one run, each from its own stream below `name`, so that one more changes no other and a run that is
 * resumed goes on with the same ones.
 */
export function drawMasks(
  masks: readonly Mask[],
  name: string,
  { rows, batch }: Sequence,
  weights: Tensors,
): Drawn {
  const steps: Record<string, Tensor> = {};
  const sequences: Record<string, Tensor> = {};
  const parameters: Record<string, Tensor> = { ...weights };
  const draw = (mask: Mask, shape: readonly number[], { dtype }: Tensor) =>
    randomStream(`${name}.${mask.name}`).bernoulli(shape, mask.p, { dtype, value: mask.value });
  for (const mask of masks) {
    if (mask.kind === 'weights') {
      const weight = parameters[mask.weight];
      parameters[mask.weight] = mul(weight, draw(mask, weight.shape, weight));
    } else if (mask.kind === 'steps') {
      steps[mask.name] = draw(mask, [rows.shape[0], mask.size], rows);
    } else {
      sequences[mask.name] = draw(mask, [batch, mask.size], rows);
    }
  }
  return { steps, sequences, parameters };
}
