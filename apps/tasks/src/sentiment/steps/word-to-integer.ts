import { textIds } from '@unroll/models';
import type { Tokenizer } from '@unroll/tokenizers';
import type { Review } from '../data/reviews.ts';

/** A text as integers, and its class as one. */
export interface Encoded {
  readonly ids: Int32Array;
  readonly label: number;
}

/** Step 3: every word becomes its integer, every class too. */
export function wordToInteger(
  reviews: readonly Review[],
  {
    tokenizer,
    labels,
    maxLength,
  }: {
    readonly tokenizer: Tokenizer;
    readonly labels: readonly string[];
    readonly maxLength: number;
  },
): Encoded[] {
  const idOf = new Map(labels.map((label, id) => [label, id]));
  return reviews.map(({ text, label }) => ({
    ids: textIds(tokenizer, text, maxLength),
    label: idOf.get(label) as number,
  }));
}

/** The share of the integers that stand for no known word. */
export function unknownOf(encoded: readonly Encoded[], unkId: number): number {
  let [unknown, all] = [0, 0];
  for (const { ids } of encoded) {
    for (const id of ids) if (id === unkId) unknown++;
    all += ids.length;
  }
  return unknown / all;
}
