import type { Linear } from '@unroll/nn';
import { transpose } from '@unroll/tensor';
import type { Layout } from './contract.ts';

/** torch.nn.Linear computes `x·weightᵀ + bias`; tied to an embedding, both have its weight as it is. */
export const linearLayout: Layout<Linear> = {
  theirs: ({ W, b, isTied }) => ({
    weight: isTied ? W.detach() : transpose(W.detach()),
    ...(b && { bias: b.detach() }),
  }),
  ours: ({ isTied }, { weight, bias }) => ({
    W: isTied ? weight : transpose(weight),
    ...(bias && { b: bias }),
  }),
};
