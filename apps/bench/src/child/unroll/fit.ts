import { Adam } from '@unroll/optimizers';
import { randomStream } from '@unroll/tensor';
import { Trainer } from '@unroll/trainers';
import { Classifier } from '../../classifier.ts';
import type { FitSpec, Workload } from '../../specs.ts';

/** Steps of `Trainer.fit`: loss, backward, clip by norm, Adam, and the losses read as the spec says. */
export function fitting({ training, steps, readEvery }: FitSpec): Workload {
  const { batch, time, inputSize, classes } = training;
  const model = new Classifier(training);
  const draws = randomStream('bench');
  const input = draws.uniform([batch, time, inputSize], { low: -1 });
  const target = draws.integers([batch, time], { high: classes });
  const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
  const trainer = new Trainer({ model, optimizer, clip: { norm: 1 } });
  return {
    parameters: model.parameters().reduce((n, p) => n + p.size, 0),
    async call() {
      const history = await trainer.fit({ train: [{ input, target }], steps, readEvery });
      return history.steps[steps - 1].loss;
    },
  };
}
