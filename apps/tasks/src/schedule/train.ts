import { crossEntropy } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { argmax, noGrad, type RandomStream, Sequence } from '@unroll/tensor';
import { type Day, inputOf, patient } from './days.ts';
import type { NextExercise } from './model.ts';

/** How the patients are drawn, and how long the network learns from them. */
export interface ScheduleSettings {
  /** Patients in a training step, and in the test. */
  readonly patients: number;
  /** Each is followed for so many days, from the shortest to the longest. */
  readonly days: readonly [shortest: number, longest: number];
  /** Chance that a day is skipped. */
  readonly skip: number;
  readonly steps: number;
  readonly lr: number;
}

/** Patients of different numbers of days. */
export function drawPatients(settings: ScheduleSettings, stream: RandomStream): Day[][] {
  const [shortest, longest] = settings.days;
  return Array.from({ length: settings.patients }, () => {
    const days = shortest + Math.floor(stream.next() * (longest - shortest + 1));
    return patient({ days, skip: settings.skip }, () => stream.next());
  });
}

/** What the network reads and what it should answer, one row per day. */
export function toSequences(patients: readonly (readonly Day[])[]): { x: Sequence; y: Sequence } {
  return {
    x: Sequence.fromArrays(patients.map((days) => days.map(inputOf))),
    y: Sequence.fromArrays(
      patients.map((days) => days.map(({ due }) => due)),
      { dtype: 'int32' },
    ),
  };
}

/**
 * Trains without a `Trainer`, on new patients at every step. The loop's five lines are the five steps of deck 4.
 *
 * @returns the error of each step, in nats per day
 */
export async function train(
  model: NextExercise,
  settings: ScheduleSettings,
  stream: RandomStream,
  signal: AbortSignal,
): Promise<number[]> {
  const optimizer = new Adam(model.parameters(), { lr: settings.lr });
  const errors: number[] = [];
  for (let step = 0; step < settings.steps; step++) {
    const { x, y } = toSequences(drawPatients(settings, stream));

    // 1. Present a training input pattern and propagate it through the network to get an output.
    const output = model.forward(x);
    // 2. Compare the predicted outputs to the expected outputs and calculate the error.
    const error = crossEntropy(output, y);
    // 3. Calculate the derivatives of the error with respect to the network weights.
    error.backward();
    // 4. Adjust the weights to minimise the error.
    optimizer.step();
    // 5. Repeat: forget these derivatives, and do it again.
    optimizer.zeroGrad();

    errors.push(await error.item());
    signal.throwIfAborted();
  }
  return errors;
}

/** The network's guess for every day, patient after patient. */
export async function guess(
  model: NextExercise,
  patients: readonly (readonly Day[])[],
): Promise<number[]> {
  const { x } = toSequences(patients);
  const best = noGrad(() => model.forward(x).map((rows) => argmax(rows, { axis: -1 })));
  const each = await Promise.all(best.toTensors().map((ids) => ids.data()));
  return each.flatMap((ids) => [...ids]);
}
