import { DataError } from '@unroll/backend';
import { type StateTree, selectRows, takeTurn } from '@unroll/tensor';
import { type BeamSearchOptions, type BeamSettings, settleBeam } from './beam-options.ts';
import { Best } from './best.ts';
import { choices } from './constraint.ts';
import { type Beam, bestPossible, type Hypothesis, scoreOf } from './hypothesis.ts';
import { idsOf } from './ids.ts';
import { logProbabilities } from './log-softmax.ts';
import { type Beginning, ModelSteps } from './model-steps.ts';
import type { SequenceModel } from './sequence-model.ts';

/**
 * The likeliest texts that a beam finds: at each step, of all continuations of its beams, the `width` likeliest go on. The
 * states of the beams are carried with them by `selectRows`; nothing is computed twice. A search ends early when no beam can
 * come to a better score any more. It runs in evaluation mode and gives the event loop its turn.
 *
 * @returns for each of the batch its `nBest`, best first
 * @throws OptionError listing what is wrong with the options; DataError for empty prompts or ones of different lengths, and
 * where all continuations are forbidden; NumericError for scores that hold NaN; ShapeError; the signal's reason
 * @example
 * const [[best]] = await beamSearch(model, { prompts: [[begin]], length: 20, end, width: 5, lengthPenalty: 0.6 });
 * console.log(best.ids, best.score);
 */
export async function beamSearch<State extends StateTree>(
  model: SequenceModel<State>,
  options: BeamSearchOptions<State>,
): Promise<Hypothesis[][]> {
  let last: Hypothesis[][] = [];
  for await (const found of beamSteps(model, options)) last = found;
  return last;
}

/**
 * The same search, step by step: after each id the best so far for each of the batch, ended or not, at most `nBest`; the
 * last is the result.
 *
 * @throws as {@link beamSearch}
 * @example
 * for await (const [[best]] of beamSteps(model, { prompts: [[begin]], length: 20, end })) show(best.ids);
 */
export function beamSteps<State extends StateTree>(
  model: SequenceModel<State>,
  options: BeamSearchOptions<State>,
): AsyncGenerator<Hypothesis[][], void, undefined> {
  return search(model, settleBeam(options));
}

async function* search<State extends StateTree>(
  model: SequenceModel<State>,
  settings: BeamSettings<State>,
): AsyncGenerator<Hypothesis[][], void, undefined> {
  const { prompts, length, attention, signal } = settings;
  const searches = prompts.map((_, i) => new Search(settings, i));
  let ids: readonly ArrayLike<number>[] = prompts;
  const steps = await ModelSteps.begin('beamSearch', model, beginningOf(settings));
  try {
    for (let step = 0; step < length && ids.length > 0; step++) {
      signal?.throwIfAborted();
      const rows = ids.length;
      const { last, seen } = steps.read(() => idsOf(ids), attention);
      const scores = await last.data();
      const looks = seen && sumOverTime(await seen.data(), seen.shape);
      await takeTurn();
      signal?.throwIfAborted();
      let row = 0;
      const parents: number[] = [];
      for (const one of searches) {
        const first = row;
        row += one.rows;
        const classes = scores.length / rows;
        const each = (r: number) =>
          scores.subarray((first + r) * classes, (first + r + 1) * classes);
        parents.push(...one.advance(each, (r) => looks?.(first + r)).map((r) => first + r));
      }
      ids = searches.flatMap((one) => one.lastIds());
      if (parents.length > 0) steps.select(parents);
      steps.release();
      yield searches.map((one) => one.best());
    }
  } finally {
    steps.release();
  }
}

/** Where the beams begin: all of a search at its prompt. */
function beginningOf<State extends StateTree>({
  prompts,
  width,
  state,
  signal,
}: BeamSettings<State>): Beginning<State> {
  const rows = prompts.flatMap((_, i) => new Array<number>(width).fill(i));
  const last = rows.map((row) => Array.from(prompts[row]).slice(-1));
  const select = selectRows<State>;
  return { first: () => idsOf(prompts), later: () => idsOf(last), rows, state, select, signal };
}

/** How much each row has looked at each source step. */
function sumOverTime(values: ArrayLike<number>, [, time, source]: readonly number[]) {
  return (row: number): Float64Array => {
    const sums = new Float64Array(source);
    for (let t = 0; t < time; t++) {
      for (let i = 0; i < source; i++) sums[i] += values[(row * time + t) * source + i];
    }
    return sums;
  };
}

/** What one of the batch has to know. */
type Rules = Omit<BeamSettings<unknown>, 'state' | 'attention'>;

/** A way to go on from a beam. */
interface Step {
  readonly from: number;
  readonly id: number;
  readonly logProbability: number;
}

/** The beams of one of the batch, and what has ended. */
class Search {
  readonly #settings: Rules;
  readonly #ended: Best<Hypothesis>;
  readonly #sequence: number;
  #beams: Beam[];

  constructor(settings: Rules, sequence: number) {
    this.#settings = settings;
    this.#sequence = sequence;
    this.#ended = new Best(settings.nBest);
    const place = settings.constraint?.start;
    this.#beams = [{ ids: [], logProbability: 0, place, coverage: undefined }];
  }

  /** Rows of the model's batch that are its own. */
  get rows(): number {
    return this.#beams.length;
  }

  /** The id that each beam ends in. */
  lastIds(): number[][] {
    return this.#beams.map(({ ids }) => [ids[ids.length - 1]]);
  }

  /** One id further; gives for each beam that goes on the one it comes from. */
  advance(
    scoresOf: (row: number) => ArrayLike<number>,
    lookOf: (row: number) => Float64Array | undefined,
  ): number[] {
    const { width, end, length } = this.#settings;
    if (this.rows === 0) return [];
    const looked = this.#beams.map((beam, row) => ({
      ...beam,
      coverage: plus(beam.coverage, lookOf(row)),
    }));
    // At most one way out of each beam is its end, so that `width` others are among them.
    const best = new Best<Step>(2 * width);
    for (const [from, beam] of looked.entries()) this.#offer(best, beam, from, scoresOf(from));
    const kept: { beam: Beam; from: number }[] = [];
    for (const { from, id, logProbability } of best.items) {
      const before = looked[from];
      if (id === end) this.#end(before.ids, logProbability, before.coverage, 1);
      else if (kept.length < width)
        kept.push({ beam: this.#extended(before, id, logProbability), from });
    }
    const alive = kept.filter(({ beam }) => !this.#isOver(beam));
    const hope = alive.filter(
      ({ beam }) =>
        bestPossible(beam.logProbability, length, this.#settings) > this.#ended.threshold,
    );
    this.#beams = hope.map(({ beam }) => beam);
    this.#needSome();
    return hope.map(({ from }) => from);
  }

  /** The best so far, ended or not. */
  best(): Hypothesis[] {
    const all = new Best<Hypothesis>(this.#settings.nBest);
    for (const hypothesis of this.#ended.items) all.offer(hypothesis.score, hypothesis);
    const { constraint, end } = this.#settings;
    for (const { ids, logProbability, coverage, place } of this.#beams) {
      const score = scoreOf(logProbability, ids.length, coverage, this.#settings);
      const ended = end === undefined && constraint?.canEnd(place) === true;
      all.offer(score, { ids, logProbability, score, ended });
    }
    return all.items;
  }

  #offer(best: Best<Step>, beam: Beam, from: number, scores: ArrayLike<number>): void {
    const { constraint, end } = this.#settings;
    const logP = logProbabilities('beamSearch', scores);
    const offer = (id: number) => {
      const logProbability = beam.logProbability + logP[id];
      best.offer(logProbability, { from, id, logProbability });
    };
    if (!constraint) for (let id = 0; id < logP.length; id++) offer(id);
    else
      for (const id of choices('beamSearch', constraint, beam.place, end))
        if (id < logP.length) offer(id);
  }

  #extended(before: Beam, id: number, logProbability: number): Beam {
    const { constraint } = this.#settings;
    const place = constraint?.next(before.place, id);
    return { ...before, ids: [...before.ids, id], logProbability, place };
  }

  /** Whether its constraint has come to an end behind which there is nothing; then it is a result. */
  #isOver({ ids, logProbability, place, coverage }: Beam): boolean {
    const { constraint, end } = this.#settings;
    if (!constraint || choices('beamSearch', constraint, place, end).size > 0) return false;
    this.#end(ids, logProbability, coverage, 0);
    return true;
  }

  #end(ids: readonly number[], logProbability: number, coverage: Beam['coverage'], more: number) {
    const score = scoreOf(logProbability, ids.length + more, coverage, this.#settings);
    this.#ended.offer(score, { ids, logProbability, score, ended: true });
  }

  #needSome(): void {
    if (this.#beams.length > 0 || this.#ended.items.length > 0) return;
    throw new DataError(
      'beamSearch',
      `all continuations are forbidden for number ${this.#sequence} of the batch: each has a score of −Infinity`,
      { sequence: this.#sequence },
    );
  }
}

function plus(x: Float64Array | undefined, y: Float64Array | undefined): Float64Array | undefined {
  return x && y ? x.map((value, i) => value + y[i]) : (y ?? x);
}
