import { NumericError, UnsupportedError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import {
  detectAnomaly,
  type RandomState,
  Sequence,
  setRandomState,
  type Tensor,
} from '@unroll/tensor';

/** A step that went wrong, ready to be done again. */
export interface FailedStep {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly model: Module;
  readonly input: Tensor | Sequence;
  /** The random state that the step began with. */
  readonly random: RandomState;
  /** Where the last checkpoint is, in words; empty without one. */
  readonly kept: string;
  /** Computes loss and gradients once more. */
  again(): void;
}

/**
 * The error for a loss or a gradient that is not finite: it names the step and, by doing the step again in anomaly mode
 * from the same random state, the operation that made the first NaN.
 */
export async function diagnose(failed: FailedStep): Promise<NumericError> {
  const { step, loss, gradNorm } = failed;
  const what = Number.isFinite(loss) ? `the gradient's norm is ${gradNorm}` : `the loss is ${loss}`;
  setRandomState(failed.random);
  const broken = await brokenBefore(failed);
  const cause = broken === undefined ? anomalyIn(failed) : undefined;
  const grown = Math.abs(loss) === Infinity;
  const why = broken ?? (grown ? overflow : (cause?.message ?? overflow));
  return new NumericError(
    'Trainer.fit',
    `${what} at step ${step}: ${why}. The weights are those of step ${step - 1}.${failed.kept}`,
    { step, loss, gradNorm, anomaly: cause?.operation },
    cause,
  );
}

function anomalyIn({ random, again }: FailedStep): NumericError | undefined {
  try {
    detectAnomaly(again);
    return undefined;
  } catch (error) {
    if (error instanceof NumericError) return error;
    // A GPU cannot be searched operation by operation.
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  } finally {
    setRandomState(random);
  }
}

const overflow =
  'a number grew past the largest one of its dtype; a smaller learning rate or clip: { norm } may help';

/** What was not finite before the step began. */
async function brokenBefore({ model, input }: FailedStep): Promise<string | undefined> {
  const weights: string[] = [];
  for (const [name, x] of model.namedParameters()) if (await isBroken(x)) weights.push(name);
  if (weights.length > 0) return `the weights ${weights.join(', ')} were not finite before it`;
  const rows = input instanceof Sequence ? input.rows : input;
  return (await isBroken(rows)) ? 'its input is not finite' : undefined;
}

async function isBroken(x: Tensor): Promise<boolean> {
  return (await x.data()).some((value) => !Number.isFinite(value));
}
