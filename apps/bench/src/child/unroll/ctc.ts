import { ctcLoss } from '@unroll/nn';
import { randomStream, Sequence } from '@unroll/tensor';
import type { CtcSpec, Workload } from '../../specs.ts';

/** Forward and backward of our `ctcLoss`; class 0 is the blank. */
export function ctc({ batch, time, labels, classes }: CtcSpec): Workload {
  const draws = randomStream('bench');
  const logits = Sequence.fromBatch(draws.normal([batch, time, classes]));
  logits.rows.requiresGrad = true;
  const ids = draws.integers([batch, labels], { low: 1, high: classes });
  const targets = Sequence.fromBatch(ids);
  return {
    call() {
      logits.rows.grad = undefined;
      const loss = ctcLoss(logits, targets);
      loss.backward();
      return loss.item();
    },
  };
}
