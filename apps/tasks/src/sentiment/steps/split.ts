import { DataError } from '@unroll/backend';
import { type Split, splitExamples } from '@unroll/datasets';
import { randomStream } from '@unroll/tensor';
import type { Review, Reviews } from '../data/reviews.ts';

/** Reviews in three parts, and the names of their classes in the order of their ids. */
export interface Parts extends Split<readonly Review[]> {
  readonly labels: readonly string[];
}

/**
 * Step 1: split into training, validation and test. A test part that the data bring stays what it is; else a tenth is drawn for
 * it, and a tenth of the rest for validation, each with the same share of every class.
 *
 * @throws DataError for one class only, and for a class in the test that training never sees
 */
export function split({ name, reviews, test }: Reviews): Parts {
  const stream = randomStream('split');
  const by = ({ label }: Review) => label;
  const drawn = test
    ? { ...splitExamples(reviews, { train: 0.9, valid: 0.1, stream, by }), test }
    : splitExamples(reviews, { train: 0.8, valid: 0.1, test: 0.1, stream, by });
  const labels = [...new Set(drawn.train.map(by))].sort(inOrder);
  if (labels.length < 2) {
    throw new DataError(
      'sentiment',
      `${name}: all texts are of one class (${labels[0]}); there is nothing to tell apart`,
      { labels },
    );
  }
  const foreign = [...drawn.valid, ...drawn.test].find(({ label }) => !labels.includes(label));
  if (foreign) {
    throw new DataError(
      'sentiment',
      `${name}: the class ${JSON.stringify(foreign.label)} is never seen in training; there are ${labels.join(', ')}. Leave it out, or add texts of it`,
      { label: foreign.label, labels },
    );
  }
  return { ...drawn, labels };
}

/** Numbers by size, words by code point. */
function inOrder(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : 1;
}

/** How many of each class, in the order of the labels. */
export function countsOf(reviews: readonly Review[], labels: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const { label } of reviews) counts.set(label, (counts.get(label) ?? 0) + 1);
  return labels.map((label) => counts.get(label) ?? 0);
}
