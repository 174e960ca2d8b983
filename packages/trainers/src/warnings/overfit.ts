import { DataError, OptionError } from '@unroll/backend';
import { randomState, setRandomState } from '@unroll/tensor';
import { fromCheckpoint, memoryCheckpoints, toCheckpoint } from '../checkpoint.ts';
import { type Batch, type Data, hasPosition, positioned } from '../data.ts';
import { evaluate } from '../evaluate.ts';
import type { FitOptions, Parts } from '../options.ts';
import type { TrainingWarning, Warn } from './warning.ts';

export interface CheckOptions {
  /** Its first batch is learned; it stands where it stood afterwards, where it has a position. */
  train: Data;
  /** Training steps on that batch. Default 100. */
  steps?: number;
}

/** What came of training on one batch. */
export interface BatchCheck {
  /** The loss of the batch before and after, in evaluation mode. */
  readonly before: number;
  readonly after: number;
  /** Whether `after` is less than half of `before`. */
  readonly overfits: boolean;
  /** All that was noticed on the way. */
  readonly warnings: readonly TrainingWarning[];
}

/** Trains on one batch only, by `train`, and leaves everything as it was. */
export async function overfit(
  parts: Parts,
  { train: data, steps = 100 }: CheckOptions,
  warn: Warn,
  train: (parts: Parts, options: FitOptions, warn: Warn) => Promise<unknown>,
): Promise<BatchCheck> {
  checkSteps(steps);
  const warnings: TrainingWarning[] = [];
  const note: Warn = (warning) => {
    warnings.push(warning);
    warn(warning);
  };
  const { model, loss, callbacks: _, schedule: __, ...others } = parts;
  const batch = await firstOf(data);
  const putBack = await keepState(parts);
  try {
    const { loss: before } = await evaluate(model, [batch], { loss });
    await train({ ...others, model, loss }, { train: [batch], steps }, note);
    const { loss: after } = await evaluate(model, [batch], { loss });
    const overfits = after < before / 2;
    if (!overfits) note(stuckWarning(steps, before, after));
    return { before, after, overfits, warnings };
  } finally {
    await putBack();
  }
}

async function firstOf(train: Data): Promise<Batch> {
  const data = positioned(train);
  const start = hasPosition(data) ? data.stateDict() : undefined;
  try {
    for await (const batch of data) return { ...batch, first: true };
  } finally {
    if (hasPosition(data)) data.loadStateDict(start as never);
  }
  throw new DataError('Trainer.check', 'train gives no batch');
}

/** Copies all that training changes; gives what writes it back. */
async function keepState({ model, optimizer }: Parts): Promise<() => Promise<void>> {
  const kept = memoryCheckpoints();
  const [random, { training }] = [randomState(), model];
  const state = { model: model.stateDict(), optimizer: optimizer.stateDict() };
  await kept.save(toCheckpoint(0, state));
  return async () => {
    const found = await kept.load();
    const before = fromCheckpoint(kept.place, found as never) as typeof state;
    model.loadStateDict(before.model);
    optimizer.loadStateDict(before.optimizer);
    setRandomState(random);
    model.train(training);
  };
}

function stuckWarning(steps: number, before: number, after: number): TrainingWarning {
  return {
    kind: 'stuck',
    message: `one batch cannot be overfitted: ${steps} steps on it alone brought the loss from ${before.toPrecision(3)} to ${after.toPrecision(3)}, not to half of it. So more data will not help yet. Is the target what the input is about, and in the same order? Has the optimizer all parameters? Try a learning rate ten times larger and ten times smaller, and a larger net.`,
  };
}

function checkSteps(steps: number): void {
  if (Number.isSafeInteger(steps) && steps >= 1) return;
  throw new OptionError(
    'Trainer.check',
    `steps must be a whole number of at least 1; got ${steps}`,
  );
}
