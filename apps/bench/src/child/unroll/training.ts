import { GRU, LSTM } from '@unroll/cells';
import { crossEntropy, Linear, type Module } from '@unroll/nn';
import { Adam, clipGradNorm } from '@unroll/optimizers';
import { mean, type Parameter, randomStream, Sequence, square, type Tensor } from '@unroll/tensor';
import type { TrainingSpec, Workload } from '../../specs.ts';

/** A recurrent part of a model: rows in, rows out. */
export type Layer = Module & { forward(x: Sequence): { output: Sequence } };

/** A training step of our `LSTM` or `GRU`. */
export function training(spec: TrainingSpec): Workload {
  const { cell, inputSize, hiddenSize, numLayers } = spec;
  const layer = new (cell === 'lstm' ? LSTM : GRU)({ inputSize, hiddenSize, numLayers });
  return trainingOf(layer, spec, { outputSize: hiddenSize });
}

/** A training step of any layer whose rows have `outputSize` features; lengths are full where none are given. */
export function trainingOf(
  layer: Layer,
  spec: TrainingSpec,
  { outputSize, lengths }: { outputSize: number; lengths?: readonly number[] },
): Workload {
  const { batch, time, inputSize, classes } = spec;
  const draws = randomStream('bench');
  const x = Sequence.fromBatch(draws.uniform([batch, time, inputSize], { low: -1 }), lengths);
  const ids = draws.integers([batch, time], { high: Math.max(1, classes) });
  const targets = Sequence.fromBatch(ids, lengths);
  const head = classes > 0 ? new Linear({ inputSize: outputSize, outputSize: classes }) : undefined;
  const loss = () => {
    const { output } = layer.forward(x);
    return head ? crossEntropy(head.forward(output), targets) : mean(square(output.rows));
  };
  return stepOf(loss, [...layer.parameters(), ...(head?.parameters() ?? [])]);
}

/** Loss, backward, clip by norm, Adam: one call. */
function stepOf(loss: () => Tensor, parameters: Parameter[]): Workload {
  const optimizer = new Adam(parameters, { lr: 1e-3 });
  return {
    parameters: parameters.reduce((n, p) => n + p.size, 0),
    call() {
      const value = loss();
      optimizer.zeroGrad();
      value.backward();
      clipGradNorm(parameters, { max: 1 });
      optimizer.step();
      return value.item();
    },
  };
}
