import { ArrayDataset, batches } from '@unroll/datasets';
import { EncoderDecoder } from '@unroll/models';
import { Adam, CosineAnnealingLR } from '@unroll/optimizers';
import { manualSeed, randomStream } from '@unroll/tensor';
import {
  type Callback,
  type CheckpointStore,
  type History,
  mapData,
  Trainer,
} from '@unroll/trainers';
import { sourceOf, sourceTokenizer, targetsOf, targetTokenizer } from './codec.ts';
import { type DatePair, splitDays, writeDays } from './dates.ts';
import type { Settings } from './settings.ts';

/** Dates to learn from, to watch training with, and to be judged by. */
export interface Dates {
  readonly train: readonly DatePair[];
  readonly valid: readonly DatePair[];
  readonly test: readonly DatePair[];
}

/** All days of a century in three parts, each day written in one way that is drawn. */
export function drawDates(seed: number): Dates {
  manualSeed(seed);
  const split = splitDays(randomStream('days'));
  return {
    train: writeDays(split.train, randomStream('forms of train')),
    valid: writeDays(split.valid, randomStream('forms of valid')),
    test: writeDays(split.test, randomStream('forms of test')),
  };
}

export function modelFor(settings: Settings): EncoderDecoder {
  const { model, cell, score, embeddingSize, hiddenSize } = settings;
  return new EncoderDecoder({
    sourceVocabSize: sourceTokenizer.vocabSize,
    targetVocabSize: targetTokenizer.vocabSize,
    ...{ embeddingSize, hiddenSize, cell, score, attention: model === 'attention' },
  });
}

/** Everything that a training run goes by. */
export interface Training {
  readonly settings: Settings;
  readonly seed: number;
  readonly dates: Dates;
  readonly checkpoint: CheckpointStore;
  /** Go on where the checkpoint stands. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly callbacks: readonly Callback[];
}

export interface Trained {
  readonly model: EncoderDecoder;
  readonly history: History;
}

/** Trains by teacher forcing. Stopped by the signal, it leaves a checkpoint. */
export async function train(training: Training): Promise<Trained> {
  const { settings, seed, dates, checkpoint, resume, signal, callbacks } = training;
  const { batchSize, lr, clip, steps, every } = settings;
  manualSeed(seed);
  const model = modelFor(settings);
  const optimizer = new Adam(model.parameters(), { lr });
  const trainer = new Trainer({
    model,
    optimizer,
    schedule: new CosineAnnealingLR(optimizer, { tMax: steps, etaMin: lr / 100 }),
    clip: { norm: clip },
    callbacks,
  });
  const batchesOf = (pairs: readonly DatePair[], shuffle: boolean) => {
    const stream = randomStream(shuffle ? 'order of train' : 'order of valid');
    const data = batches(new ArrayDataset(pairs), { batchSize, shuffle, stream });
    return mapData(data, (batch) => ({
      source: sourceOf(batch.map(({ written }) => written)),
      ...targetsOf(batch),
    }));
  };
  const history = await trainer.fit({
    train: batchesOf(dates.train, true),
    valid: batchesOf(dates.valid, false),
    steps,
    validateEvery: every,
    restoreBest: true,
    checkpoint: { to: checkpoint, every },
    resume,
    signal,
  });
  return { model, history };
}
