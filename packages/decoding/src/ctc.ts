import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import type { Sequence } from '@unroll/tensor';
import { Best } from './best.ts';
import { needCounts } from './counts.ts';
import { logAdd, logProbabilities } from './log-softmax.ts';
import { stepRows } from './step-rows.ts';

/** Labels that CTC logits say. */
export interface CtcLabels {
  readonly ids: number[];
  /** Greedy: the log-probability of the one best path. Prefix beam: that of the labels, over all paths that were followed. */
  readonly score: number;
}

export interface CtcGreedyOptions {
  /** The class that stands for no label; default 0. */
  blank?: number;
}

export interface CtcPrefixBeamOptions extends CtcGreedyOptions {
  /** How many prefixes are followed; more than there are does no harm. Default 16. */
  width?: number;
  /** How many results to give, at most `width`; there may be fewer. Default 1. */
  nBest?: number;
}

/**
 * The labels of the likeliest path: the best class at every step, equal neighbours taken together, blanks left out (Graves
 * et al. 2006, section 3.2). Of equals the smaller class is taken.
 *
 * @param logits `[length, classes]` each
 * @returns for each sequence
 * @throws OptionError for a blank that is no class; NumericError for NaN; ShapeError
 * @example
 * const [{ ids }] = await ctcGreedy(Sequence.fromArrays([[[0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]]));
 * console.log(ids); // [1, 2]
 */
export async function ctcGreedy(
  logits: Sequence,
  options: CtcGreedyOptions = {},
): Promise<CtcLabels[]> {
  refuseUnknownOptions('ctcGreedy', options, { blank: true });
  const { blank = 0 } = options;
  checkBlank('ctcGreedy', logits, blank);
  return (await stepRows('ctcGreedy', logits)).map((rows) => {
    const logY = rows.map((row) => logProbabilities('ctcGreedy', row));
    const path = logY.map((y) => y.indexOf(Math.max(...y)));
    return {
      ids: path.filter((id, t) => id !== blank && id !== path[t - 1]),
      score: path.reduce((sum, id, t) => sum + logY[t][id], 0),
    };
  });
}

/**
 * The likeliest labels, over all ways to spread them over the steps, among the prefixes that a beam follows (Hannun et al.
 * 2014, without a language model). With a width above the number of prefixes the result is exact.
 *
 * @param logits `[length, classes]` each
 * @returns for each sequence its best, best first
 * @throws OptionError for width or nBest that are no whole number from 1 on, nBest above width, or a blank that is no class;
 * NumericError for NaN; ShapeError
 * @example
 * const logits = Sequence.fromArrays([[[0.1, 0], [0.1, 0]]]);
 * const [[best]] = await ctcPrefixBeam(logits, { width: 4 });
 * console.log(best.ids); // [1]: three paths say it, though the likeliest path says nothing
 */
export async function ctcPrefixBeam(
  logits: Sequence,
  options: CtcPrefixBeamOptions = {},
): Promise<CtcLabels[][]> {
  const name = 'ctcPrefixBeam';
  refuseUnknownOptions(name, options, { blank: true, width: true, nBest: true });
  const { blank = 0, width = 16, nBest = 1 } = options;
  needCounts(name, { width, nBest });
  if (nBest > width) {
    throw new OptionError(name, `nBest must be at most width; got ${nBest} and ${width}`);
  }
  checkBlank(name, logits, blank);
  return (await stepRows(name, logits)).map((rows) => {
    let beam: Prefix[] = [{ ids: [], ending: 0, saying: Number.NEGATIVE_INFINITY }];
    for (const row of rows) beam = extended(beam, logProbabilities(name, row), blank, width);
    return beam.slice(0, nBest).map((prefix) => ({ ids: prefix.ids, score: total(prefix) }));
  });
}

/** Labels so far, and the log-probability of the paths that said them and end in a blank, or in the last label. */
interface Prefix {
  readonly ids: number[];
  ending: number;
  saying: number;
}

const total = ({ ending, saying }: Prefix): number => logAdd(ending, saying);

function extended(beam: Prefix[], logY: Float64Array, blank: number, width: number): Prefix[] {
  const found = new Map<string, Prefix>();
  const at = (ids: number[]): Prefix => {
    const key = ids.join(' ');
    const prefix = found.get(key) ?? { ids, ending: -Infinity, saying: -Infinity };
    found.set(key, prefix);
    return prefix;
  };
  for (const prefix of beam) {
    const last = prefix.ids.at(-1);
    const stay = at(prefix.ids);
    stay.ending = logAdd(stay.ending, total(prefix) + logY[blank]);
    if (last !== undefined) stay.saying = logAdd(stay.saying, prefix.saying + logY[last]);
    for (const [id, y] of logY.entries()) {
      if (id === blank || y === Number.NEGATIVE_INFINITY) continue;
      const longer = at([...prefix.ids, id]);
      // The same label again is a new one only behind a blank.
      longer.saying = logAdd(longer.saying, (id === last ? prefix.ending : total(prefix)) + y);
    }
  }
  const best = new Best<Prefix>(width);
  for (const prefix of found.values()) best.offer(total(prefix), prefix);
  return best.items;
}

function checkBlank(operation: string, { features }: Sequence, blank: number): void {
  if (Number.isInteger(blank) && blank >= 0 && blank < features[0]) return;
  throw new OptionError(
    operation,
    `blank must be one of the ${features[0]} classes; got ${blank}`,
    { blank, classes: features[0] },
  );
}
