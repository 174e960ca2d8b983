import { GRU } from '@unroll/cells';
import { Linear } from '@unroll/nn';
import { noGrad, type Tensor, tensor } from '@unroll/tensor';
import type { Inference } from '../programs.ts';

export const run: Inference = ({ W, U, b, bU, head }, batch) => {
  const gru = new GRU({ inputSize: W.length, hiddenSize: U.length });
  gru.loadStateDict({ '0.W': tensor(W), '0.U': tensor(U), '0.b': tensor(b), '0.bU': tensor(bU) });
  const linear = new Linear({ inputSize: U.length, outputSize: head.b.length });
  linear.loadStateDict({ W: tensor(head.W), b: tensor(head.b) });
  const scores = noGrad(() => {
    const { state } = gru.forward(tensor(batch));
    return linear.forward(state[0].h as Tensor);
  });
  return scores.data();
};
