import { DataError } from '@unroll/backend';
import type { PermutationStream } from './permutation-stream.ts';
import { checkFractions, type Fractions, type Split } from './split-text.ts';

export interface SplitOptions<T> extends Fractions {
  /** Where the parts are drawn from: `randomStream('split')`; after the same `manualSeed` they are the same. */
  stream: PermutationStream;
  /**
   * What every part shall have the same share of, such as the class: examples are drawn within each kind, so that rare ones
   * are spread too. Default: all are of one kind.
   */
  by?: (example: T) => unknown;
}

/**
 * Examples in three parts that are drawn by chance; each stands in one of them. Inside of a part they keep their order.
 *
 * @returns parts with the shares that were asked for, to the nearest example of each kind; a kind of few is in the training
 * part first
 * @throws OptionError when the fractions do not sum to 1; DataError when a part that was asked for would be empty
 * @example
 * const reviews = [{ stars: 5 }, { stars: 1 }, { stars: 5 }, { stars: 1 }];
 * const { train, test } = splitExamples(reviews, {
 *   train: 0.5,
 *   test: 0.5,
 *   by: ({ stars }) => stars, // one of each in both parts
 *   stream: randomStream('split'),
 * });
 */
export function splitExamples<T>(examples: readonly T[], options: SplitOptions<T>): Split<T[]> {
  const { train = 0, valid = 0, test = 0, stream, by = () => 'all' } = options;
  checkFractions('splitExamples', { train, valid, test });
  const kinds = new Map<unknown, number[]>();
  for (const i of stream.permutation(examples.length)) {
    const kind = by(examples[i]);
    const list = kinds.get(kind);
    if (list) list.push(i);
    else kinds.set(kind, [i]);
  }
  const parts = { train: [] as number[], valid: [] as number[], test: [] as number[] };
  for (const drawn of kinds.values()) {
    const first = Math.round(drawn.length * train);
    const second = test === 0 ? drawn.length : Math.round(drawn.length * (train + valid));
    parts.train.push(...drawn.slice(0, first));
    parts.valid.push(...drawn.slice(first, second));
    parts.test.push(...drawn.slice(second));
  }
  for (const [name, fraction] of Object.entries({ train, valid, test })) {
    if (fraction === 0 || parts[name as keyof typeof parts].length > 0) continue;
    const words = `${examples.length} examples leave none for ${name} (${fraction}); take more`;
    throw new DataError('splitExamples', words, { examples: examples.length, [name]: fraction });
  }
  const inOrder = (places: number[]) => places.sort((a, b) => a - b).map((i) => examples[i]);
  return { train: inOrder(parts.train), valid: inOrder(parts.valid), test: inOrder(parts.test) };
}
