import type { SavedModel, TextClassifier } from '@unroll/models';
import {
  accuracy,
  type Calibration,
  type ConfusionMatrix,
  calibration,
  confusionMatrix,
  type F1Scores,
  f1Scores,
} from '@unroll/trainers';
import type { Review } from '../data/reviews.ts';

/** How well a model tells classes apart. */
export interface Judgement {
  readonly accuracy: number;
  readonly f1: F1Scores;
  readonly confusion: ConfusionMatrix;
  readonly calibration: Calibration;
  /** What saying the most frequent class every time would give. */
  readonly majority: number;
}

/** Asks a saved model about texts whose class is known. */
export async function judge(
  saved: SavedModel<TextClassifier>,
  reviews: readonly Review[],
  signal: AbortSignal,
): Promise<Judgement> {
  const labels = saved.labels ?? [];
  const texts = reviews.map(({ text }) => text);
  const predicted = await saved.predict(texts, { batchSize: 64, signal });
  const expected = reviews.map(({ label }) => labels.indexOf(label));
  const confusion = confusionMatrix(
    expected,
    predicted.map(({ label }) => labels.indexOf(label)),
    labels.length,
  );
  const right = predicted.map(({ label }, i) => label === reviews[i].label);
  const probabilities = predicted.map(({ probability }) => Math.min(1, probability));
  const most = Math.max(...confusion.map((row) => row.reduce((sum, n) => sum + n, 0)));
  return {
    accuracy: accuracy(confusion),
    f1: f1Scores(confusion),
    confusion,
    calibration: calibration(probabilities, right),
    majority: most / reviews.length,
  };
}
