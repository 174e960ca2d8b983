import { Sequence } from '@unroll/tensor';
import { CharTokenizer } from '@unroll/tokenizers';
import { type DatePair, everyDay, forms, isoOf } from './dates.ts';

/** Every letter that a written date can have. */
export const sourceTokenizer = CharTokenizer.train(
  everyDay()
    .filter((_, i) => i % 37 === 0)
    .flatMap((day) => forms.map((form) => form(day)))
    .join(''),
);

export const targetTokenizer = CharTokenizer.train('0123456789-');

/** Characters of an ISO date. */
export const isoLength = isoOf({ year: 2026, month: 3, day: 3 }).length;

/** What stands before the first character: the id of what is unknown, which no date has. */
export const startId = targetTokenizer.unkId;

/** Written dates as ids, each as long as it is. */
export function sourceOf(written: readonly string[]): Sequence {
  return Sequence.fromArrays(
    written.map((text) => sourceTokenizer.encode(text)),
    { dtype: 'int32' },
  );
}

/** What the decoder reads, one step behind, and what it is to say. */
export function targetsOf(pairs: readonly DatePair[]): { input: Sequence; target: Sequence } {
  const ids = pairs.map(({ iso }) => targetTokenizer.encode(iso));
  return {
    input: Sequence.fromArrays(
      ids.map((id) => Int32Array.of(startId, ...id.subarray(0, -1))),
      { dtype: 'int32' },
    ),
    target: Sequence.fromArrays(ids, { dtype: 'int32' }),
  };
}
