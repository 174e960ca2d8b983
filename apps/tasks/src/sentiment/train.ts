import { TextClassifier } from '@unroll/models';
import { crossEntropy } from '@unroll/nn';
import { Adam, CosineAnnealingLR } from '@unroll/optimizers';
import { manualSeed, type Tensor, tensor } from '@unroll/tensor';
import { type Callback, type CheckpointStore, type History, Trainer } from '@unroll/trainers';
import type { Prepared } from './prepare.ts';
import type { Settings } from './settings.ts';
import { judgedBatches, miniBatches } from './steps/mini-batches.ts';
import { countsOf } from './steps/split.ts';

export function modelFor(settings: Settings, { tokenizer, parts }: Prepared): TextClassifier {
  const { model, cell, pool, bidirectional, embeddingSize, hiddenSize } = settings;
  const { dropout, maxLength } = settings;
  return new TextClassifier({
    ...{ vocabSize: tokenizer.vocabSize, classes: parts.labels.length, reader: model },
    ...{ cell, pool, bidirectional, embeddingSize, hiddenSize, dropout, maxLength },
  });
}

/** Everything that a training run goes by. */
export interface Training {
  readonly settings: Settings;
  readonly seed: number;
  readonly prepared: Prepared;
  readonly checkpoint: CheckpointStore;
  /** Go on where the checkpoint stands. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly callbacks: readonly Callback[];
}

export interface Trained {
  readonly model: TextClassifier;
  readonly history: History;
}

/** Trains; the model ends with the weights of its best validation. Stopped by the signal, it leaves a checkpoint. */
export async function train(training: Training): Promise<Trained> {
  const { settings, seed, prepared, checkpoint, resume, signal, callbacks } = training;
  const { batchSize, lr, clip, epochs, patience } = settings;
  manualSeed(seed);
  const model = modelFor(settings, prepared);
  const optimizer = new Adam(model.parameters(), { lr });
  const inEpoch = Math.ceil(prepared.train.length / batchSize);
  const every = Math.max(1, Math.floor(inEpoch / 2));
  const weight = settings.balance ? classWeights(prepared) : undefined;
  const trainer = new Trainer({
    ...{ model, optimizer, clip: { norm: clip }, callbacks },
    schedule: new CosineAnnealingLR(optimizer, { tMax: epochs * inEpoch, etaMin: lr / 20 }),
    ...(weight
      ? { loss: (scores, target) => crossEntropy(scores as Tensor, target as Tensor, { weight }) }
      : {}),
  });
  const history = await trainer.fit({
    train: miniBatches(prepared.train, batchSize),
    valid: judgedBatches(prepared.valid, 2 * batchSize),
    ...{ epochs, validateEvery: every, patience, restoreBest: true },
    checkpoint: { to: checkpoint, every },
    ...{ resume, signal },
  });
  return { model, history };
}

/** n / (classes · n_c): a class counts as much as another however often it comes (King & Zeng 2001). */
function classWeights({ parts }: Prepared): Tensor {
  const counts = countsOf(parts.train, parts.labels);
  return tensor(counts.map((count) => parts.train.length / (counts.length * count)));
}
