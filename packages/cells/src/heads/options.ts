import type { LinearOptions } from '@unroll/nn';
import { Sequence, type Tensor } from '@unroll/tensor';

/** What heads have in common: those of the affine map of their rows. */
export type HeadOptions = LinearOptions;

/** The names of the options that all heads have. */
export const headOptions: Record<keyof HeadOptions, true> = {
  inputSize: true,
  outputSize: true,
  bias: true,
  init: true,
  tied: true,
  dtype: true,
  name: true,
};

/** A sequence as it is; `[batch, time, …features]` as sequences of one length. */
export function sequenceOf(x: Sequence | Tensor): Sequence {
  return x instanceof Sequence ? x : Sequence.fromBatch(x);
}
