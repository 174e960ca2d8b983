import { contiguousWindows } from '@unroll/datasets';
import { LanguageModel } from '@unroll/models';
import { Adam, CosineAnnealingLR } from '@unroll/optimizers';
import { manualSeed } from '@unroll/tensor';
import { type Callback, evaluate, type History, Trainer } from '@unroll/trainers';
import { checkpointFolder } from '@unroll/trainers/node';
import type { Order, RunFolder } from './run-folder.ts';
import type { CharText } from './text.ts';

/** The windows of a part that is judged: every character but its first is foreseen once. */
const judged = { batchSize: 16, window: 64, tail: 'keep' } as const;

/** What a training run gives: the model with the weights of its best validation. */
export interface Trained {
  readonly model: LanguageModel;
  readonly history: History;
}

/** Trains a character model, or goes on where a checkpoint in the run's folder stands. */
export async function train(
  text: CharText,
  { settings, seed }: Order,
  run: RunFolder,
  {
    resume,
    signal,
    callbacks,
  }: { resume: boolean; signal: AbortSignal; callbacks: readonly Callback[] },
): Promise<Trained> {
  const { cell, embeddingSize, hiddenSize, numLayers, dropout, lr, steps, every } = settings;
  manualSeed(seed);
  const model = new LanguageModel({
    vocabSize: text.tokenizer.vocabSize,
    ...{ cell, embeddingSize, hiddenSize, numLayers, dropout },
  });
  const optimizer = new Adam(model.parameters(), { lr });
  const trainer = new Trainer({
    model,
    optimizer,
    schedule: new CosineAnnealingLR(optimizer, { tMax: steps, etaMin: lr / 20 }),
    clip: { norm: settings.clip },
    tbptt: { window: settings.window },
    callbacks,
  });
  const history = await trainer.fit({
    train: contiguousWindows(text.train, settings),
    valid: contiguousWindows(text.valid, judged),
    steps,
    validateEvery: every,
    patience: settings.patience,
    checkpoint: { to: checkpointFolder(run.checkpoint), every },
    resume,
    signal,
  });
  return { model, history };
}

/** Nats per character on the test part. */
export async function testLoss(model: LanguageModel, text: CharText): Promise<number> {
  return (await evaluate(model, contiguousWindows(text.test, judged))).loss;
}
