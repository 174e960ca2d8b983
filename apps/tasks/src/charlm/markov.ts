import { DataError } from '@unroll/backend';

/** A Markov model of ids. All of its probabilities are above zero and sum to one over the vocabulary. */
export interface Markov {
  readonly order: number;
  /** p(id | the last `order` ids before it); with fewer before it, as many as there are. */
  probability(id: number, before: ArrayLike<number>): number;
  /**
   * Mean of −ln p over `ids[1…]`, in nats per id: each id given those before it *in `ids`*. The first is given, not
   * guessed, as it is for a network that reads `ids` from the start.
   */
  nats(ids: ArrayLike<number>): number;
}

/** What followed one context: how often each id, how often in all (`total`), and how many kinds. */
interface Followers {
  readonly counts: Map<number, number>;
  total: number;
}

/**
 * Fits a Markov model, interpolated as Witten and Bell do (1991, method C; in the recursive form of Chen and Goodman
 * 1999, equation 17). With h a context, h′ the same without its oldest id, n(h, c) how often c followed h in `ids`,
 * n(h) = Σ_c n(h, c) and t(h) the number of different c that did,
 *
 *     p(c | h) = (n(h, c) + t(h) · p(c | h′)) / (n(h) + t(h))
 *
 * down to the empty context, whose p(c | h′) is uniform, 1 / vocabSize. So an id never seen has its share of the
 * bottom, and a context never seen leaves everything to the shorter one.
 *
 * @param ids the training ids, each in `[0, vocabSize)`
 * @throws DataError when there are no ids
 *
 * @example
 * const markov = fitMarkov(Int32Array.from([0, 1, 0, 2]), { order: 1, vocabSize: 3 });
 * markov.probability(1, [0]); // 0 was followed by 1 and by 2, once each
 */
export function fitMarkov(
  ids: ArrayLike<number>,
  { order, vocabSize }: { order: number; vocabSize: number },
): Markov {
  if (ids.length === 0) throw new DataError('fitMarkov', 'there are no ids to fit it to');
  const tables = Array.from({ length: order + 1 }, (_, length) => count(ids, length, vocabSize));

  const at = (id: number, before: ArrayLike<number>, end: number): number => {
    let p = 1 / vocabSize;
    for (let length = 0; length <= Math.min(order, end); length++) {
      const followers = tables[length].get(contextKey(before, end, length, vocabSize));
      if (followers === undefined) break; // then no longer context was seen either
      const { counts, total } = followers;
      p = ((counts.get(id) ?? 0) + counts.size * p) / (total + counts.size);
    }
    return p;
  };

  return {
    order,
    probability: (id, before) => at(id, before, before.length),
    nats(sequence) {
      if (sequence.length < 2) throw new DataError('markov', 'nats needs at least two ids');
      let sum = 0;
      for (let i = 1; i < sequence.length; i++) sum -= Math.log(at(sequence[i], sequence, i));
      return sum / (sequence.length - 1);
    },
  };
}

/** The followers of every context of one length. */
function count(ids: ArrayLike<number>, length: number, vocabSize: number): Map<number, Followers> {
  const table = new Map<number, Followers>();
  for (let i = length; i < ids.length; i++) {
    const key = contextKey(ids, i, length, vocabSize);
    let followers = table.get(key);
    if (followers === undefined) {
      followers = { counts: new Map(), total: 0 };
      table.set(key, followers);
    }
    followers.counts.set(ids[i], (followers.counts.get(ids[i]) ?? 0) + 1);
    followers.total++;
  }
  return table;
}

/** The `length` ids before position `end` as one number (exact up to vocabSize ** length = 2 ** 53). */
function contextKey(
  ids: ArrayLike<number>,
  end: number,
  length: number,
  vocabSize: number,
): number {
  let key = 0;
  for (let i = end - length; i < end; i++) key = key * vocabSize + ids[i];
  return key;
}
