import { RNN } from '@unroll/cells';
import { init } from '@unroll/nn';
import { mean, randomStream, Sequence, square } from '@unroll/tensor';
import type { FadingSpec, Workload } from '../../specs.ts';

const [batch, inputSize, hiddenSize] = [16, 8, 64];

/**
 * Loss and gradients of a tanh RNN whose recurrent matrix is `radius` times a rotation, with inputs so small that tanh
 * stays straight: a step back in time then shortens a gradient by `radius`, and the loss looks at the last step only. The
 * weights stay as they are, and so does the radius.
 */
export function fading({ radius, time }: FadingSpec): Workload {
  const { layer, x } = fadingModel(radius, time);
  return {
    call() {
      const loss = mean(square(layer.forward(x).output.last()));
      for (const p of layer.parameters()) p.grad = undefined;
      loss.backward();
      return loss.item();
    },
  };
}

export function fadingModel(radius: number, time: number) {
  const small = init.uniform({ low: -1e-3, high: 1e-3 });
  const U = init.orthogonal({ gain: radius });
  const layer = new RNN({ inputSize, hiddenSize, init: { W: small, U } });
  const rows = randomStream('bench').uniform([batch, time, inputSize], { low: -1 });
  return { layer, x: Sequence.fromBatch(rows) };
}
