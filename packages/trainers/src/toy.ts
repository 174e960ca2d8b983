import { contiguousWindows } from '@unroll/datasets';
import { LanguageModel } from '@unroll/models';
import { Adam, type Schedule } from '@unroll/optimizers';
import { manualSeed, type Tensor } from '@unroll/tensor';
import type { History } from './history.ts';
import type { TrainerOptions } from './options.ts';
import { Trainer } from './trainer.ts';

/** A text of seven symbols that is easy to learn. */
export const ids = Int32Array.from({ length: 61 }, (_, i) => (i * i + 3 * i) % 7);

/** Everything for a run as a fresh process would make it: small, with dropout and a carried state. */
export function toy(
  options: Partial<TrainerOptions> & { makeSchedule?: (optimizer: Adam) => Schedule } = {},
) {
  const { makeSchedule, ...rest } = options;
  manualSeed(3);
  const model = new LanguageModel({
    vocabSize: 7,
    embeddingSize: 3,
    hiddenSize: 4,
    dropout: 0.2,
    name: 'toy',
  });
  const optimizer = new Adam(model.parameters(), { lr: 0.03 });
  const trainer = new Trainer({
    model,
    optimizer,
    clip: { norm: 1 },
    ...(makeSchedule ? { schedule: makeSchedule(optimizer) } : {}),
    ...rest,
  });
  const train = contiguousWindows(ids, { batchSize: 2, window: 6 });
  const valid = contiguousWindows(ids.slice(0, 26), { batchSize: 3, window: 5, tail: 'keep' });
  return { model, optimizer, trainer, train, valid };
}

/** All values of a record of tensors, to be compared to the bit. */
export function bits(tensors: Readonly<Record<string, Tensor>>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, x]) => [name, Array.from(x.dataSync())]),
  );
}

/** A history without what the clock says. */
export function timeless({
  seconds: _,
  waitingSeconds: __,
  ...history
}: History): Omit<History, 'seconds' | 'waitingSeconds'> {
  return history;
}
