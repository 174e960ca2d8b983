import { type ContiguousWindows, contiguousWindows } from '@unroll/datasets';
import { LanguageModel, TransformerLanguageModel } from '@unroll/models';
import { Adam, CosineAnnealingLR } from '@unroll/optimizers';
import { manualSeed } from '@unroll/tensor';
import type { Tokenizer } from '@unroll/tokenizers';
import { type Callback, evaluate, type History, Trainer } from '@unroll/trainers';
import { checkpointFolder } from '@unroll/trainers/node';
import type { Order, RunFolder } from './run-folder.ts';
import type { Settings } from './settings.ts';
import type { PreparedText } from './text.ts';

/** The windows of a part that is judged: every token but its first is foreseen once. */
const judged = { batchSize: 32, window: 64, tail: 'keep' } as const;

export type TextModel = LanguageModel | TransformerLanguageModel;

/** What a training run gives: the model with the weights of its best validation. */
export interface Trained {
  readonly model: TextModel;
  readonly history: History;
}

/**
 * The parts of a text that training reads.
 *
 * @throws DataError when the text is too short for one window
 */
export function windowsOf(text: PreparedText, settings: Settings): Windows {
  const { batchSize, window } = settings;
  return {
    train: contiguousWindows(text.train, { batchSize, window }),
    valid: contiguousWindows(text.valid, judged),
  };
}

export interface Windows {
  readonly train: ContiguousWindows;
  readonly valid: ContiguousWindows;
}

/** Everything that a training run goes by. */
export interface Training {
  readonly tokenizer: Tokenizer;
  readonly windows: Windows;
  readonly order: Order;
  readonly run: RunFolder;
  /** Go on where the checkpoint in the run's folder stands. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly callbacks: readonly Callback[];
}

/** Trains a language model. Stopped by the signal, it leaves a checkpoint. */
export async function train(training: Training): Promise<Trained> {
  const { tokenizer, windows, order, run, resume, signal, callbacks } = training;
  const { settings, seed } = order;
  const { lr, steps, every } = settings;
  manualSeed(seed);
  const model = modelFor(tokenizer.vocabSize, settings);
  const optimizer = new Adam(model.parameters(), { lr });
  const trainer = new Trainer({
    model,
    optimizer,
    schedule: new CosineAnnealingLR(optimizer, { tMax: steps, etaMin: lr / 20 }),
    clip: { norm: settings.clip },
    tbptt: { window: settings.window },
    unkId: tokenizer.unkId,
    callbacks,
  });
  const history = await trainer.fit({
    ...windows,
    steps,
    validateEvery: every,
    patience: settings.patience,
    checkpoint: { to: checkpointFolder(run.checkpoint), every },
    resume,
    signal,
  });
  return { model, history };
}

function modelFor(vocabSize: number, settings: Settings): TextModel {
  const { cell, embeddingSize, hiddenSize, numLayers, dropout, tied = false, window } = settings;
  if (settings.model === 'transformer') {
    return new TransformerLanguageModel({
      ...{ vocabSize, size: hiddenSize, numLayers, dropout, tied, context: window },
    });
  }
  return new LanguageModel({
    vocabSize,
    ...{ cell, embeddingSize, hiddenSize, numLayers, dropout, tied },
  });
}

/** Nats per token on the test part. */
export async function testLoss(model: TextModel, text: PreparedText): Promise<number> {
  return (await evaluate(model, contiguousWindows(text.test, judged))).loss;
}
