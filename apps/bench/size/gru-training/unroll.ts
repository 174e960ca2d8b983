import { GRU } from '@unroll/cells';
import { crossEntropy, Linear } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { type Tensor, tensor } from '@unroll/tensor';
import type { Training } from '../programs.ts';

export const run: Training = async (batch, { ids, count }, { hiddenSize, steps }) => {
  const gru = new GRU({ inputSize: batch[0][0].length, hiddenSize });
  const linear = new Linear({ inputSize: hiddenSize, outputSize: count });
  const optimizer = new Adam([...gru.parameters(), ...linear.parameters()], { lr: 0.01 });
  const [x, y] = [tensor(batch), tensor(ids, { dtype: 'int32' })];
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { state } = gru.forward(x);
    const loss = crossEntropy(linear.forward(state[0].h as Tensor), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    losses.push(await loss.item());
  }
  return losses;
};
