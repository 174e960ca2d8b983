import { WordTokenizer } from '@unroll/tokenizers';
import type { Review } from '../data/reviews.ts';
import type { Settings } from '../settings.ts';

/** Step 2: the unique words of the training part, the most frequent of them; the other parts are not looked at. */
export function uniqueWords(
  train: readonly Review[],
  { maxVocab, minCount }: Pick<Settings, 'maxVocab' | 'minCount'>,
): WordTokenizer {
  return WordTokenizer.train(
    train.map(({ text }) => text),
    { maxVocab, minCount },
  );
}
