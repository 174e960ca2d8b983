import { DataError, NumericError, ShapeError, sameShape } from '@unroll/backend';
import type { ChainScores, Sequence } from '@unroll/tensor';
import { Best } from './best.ts';
import { needCounts } from './counts.ts';
import { stepRows } from './step-rows.ts';

/** Tags of a sequence, one a step. */
export interface TagPath {
  readonly tags: number[];
  /** `start(y₁) + Σ e_t(y_t) + Σ T(y_{t−1}, y_t) + end(y_n)` */
  readonly score: number;
}

/**
 * The best tags of each sequence by a linear chain's scores (Viterbi 1967): those of `CRF.scores()`, in which −Infinity
 * forbids.
 *
 * @param emissions `[length, tags]` each
 * @throws DataError where no tags are allowed; NumericError for NaN; ShapeError for scores of other sizes
 * @example
 * const emissions = Sequence.fromArrays([[[1, 0], [0, 1]]]);
 * const [{ tags }] = await viterbi(emissions, crf.scores());
 */
export async function viterbi(emissions: Sequence, scores: ChainScores): Promise<TagPath[]> {
  return (await viterbiNBest(emissions, scores, 1)).map(([best]) => best);
}

/**
 * The n best tags of each sequence, best first; fewer where fewer are allowed.
 *
 * @throws OptionError for n that is no whole number from 1 on; otherwise as {@link viterbi}
 * @example
 * const [[first, second]] = await viterbiNBest(emissions, crf.scores(), 2);
 */
export async function viterbiNBest(
  emissions: Sequence,
  scores: ChainScores,
  n: number,
): Promise<TagPath[][]> {
  needCounts('viterbi', { n });
  check(emissions, scores);
  const rows = await stepRows('viterbi', emissions);
  const [transitions, start, end] = await Promise.all([
    scores.transitions.data(),
    scores.start.data(),
    scores.end.data(),
  ]);
  return rows.map((steps, i) => bestOf({ steps, transitions, start, end }, n, i));
}

interface Chain {
  readonly steps: readonly Float64Array[];
  readonly transitions: ArrayLike<number>;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
}

/** The end of a way: its tag and the way before, shared by all that go on from it. */
interface Way {
  readonly tag: number;
  readonly score: number;
  readonly before: Way | undefined;
}

/** For each tag the n best ways that end in it, step after step. */
function bestOf({ steps, transitions, start, end }: Chain, n: number, sequence: number): TagPath[] {
  const count = start.length;
  let ways: Way[][] = [];
  for (const [t, emission] of steps.entries()) {
    ways = Array.from(emission, (e, tag) => {
      if (t === 0) return possible({ tag, score: start[tag] + e, before: undefined });
      const best = new Best<Way>(n);
      for (const [from, list] of ways.entries()) {
        for (const before of list) {
          const score = before.score + transitions[from * count + tag] + e;
          best.offer(checked(score), { tag, score, before });
        }
      }
      return best.items;
    });
  }
  const best = new Best<TagPath>(n);
  for (const way of ways.flat()) {
    const score = checked(way.score + end[way.tag]);
    if (score > best.threshold) best.offer(score, { tags: tagsOf(way), score });
  }
  if (best.items.length > 0) return best.items;
  throw new DataError(
    'viterbi',
    `no tags at all are allowed for the ${steps.length} steps of sequence ${sequence}: every way has a score of −Infinity`,
    { sequence, steps: steps.length },
  );
}

function possible(way: Way): Way[] {
  return checked(way.score) > Number.NEGATIVE_INFINITY ? [way] : [];
}

function checked(score: number): number {
  if (!Number.isNaN(score)) return score;
  throw new NumericError('viterbi', 'a score is NaN. Did training go wrong?');
}

function tagsOf(way: Way): number[] {
  const tags: number[] = [];
  for (let at: Way | undefined = way; at; at = at.before) tags.push(at.tag);
  return tags.reverse();
}

function check({ features }: Sequence, { transitions, start, end }: ChainScores): void {
  const [n] = features;
  const fits =
    features.length === 1 &&
    sameShape(transitions.shape, [n, n]) &&
    sameShape(start.shape, [n]) &&
    sameShape(end.shape, [n]);
  if (fits) return;
  const shapes = [features, transitions.shape, start.shape, end.shape].map(
    (s) => `[${s.join(', ')}]`,
  );
  throw new ShapeError(
    'viterbi',
    `needs emissions of rows [tags], transitions [tags, tags], start and end [tags]; got ${shapes.join(', ')}`,
    { features },
  );
}
