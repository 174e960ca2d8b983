import { math, NumericError, OptionError } from '@unroll/backend';

/** How the next token is chosen from the model's scores. */
export interface SamplingOptions {
  /**
   * Scores are divided by it: below 1 the likely becomes likelier, above 1 the text gets wilder; 0 always takes the
   * likeliest token. Default 1.
   */
  temperature?: number;
  /** Only the k likeliest tokens stay (Fan et al. 2018). Default: all. */
  topK?: number;
  /**
   * Only the smallest set of likeliest tokens that together have this probability stays (nucleus sampling, Holtzman et
   * al. 2020), in (0, 1]. It is taken after temperature and topK. Default 1: all.
   */
  topP?: number;
  /**
   * Only tokens at least so many times as likely as the likeliest stay (Nguyen et al. 2024), in [0, 1]. It is taken after
   * temperature, beside topK and topP. Default 0: all.
   */
  minP?: number;
  /**
   * Scores of ids that were there before are divided by it where they are above 0, else multiplied (Keskar et al. 2019), so
   * that above 1 repetition becomes less likely. Default 1.
   */
  repetitionPenalty?: number;
  /** Ids that are never chosen, such as the tokenizer's `unkId`. Default: none. */
  exclude?: readonly number[];
}

/**
 * What each token is drawn with: softmax(logits / temperature) over the tokens that topK, topP and minP leave, 0 for the
 * others.
 * Among equal scores the smaller id goes first.
 *
 * @param logits the scores of one position, `[classes]`; −Infinity is a token that cannot come
 * @param seen ids that were there before, for the repetition penalty
 * @throws OptionError for options outside their range; NumericError when the scores hold NaN or +Infinity, or none is finite
 * @example
 * probabilities([0, Math.log(3)], {});            // [0.25, 0.75]
 * probabilities([0, Math.log(3)], { topK: 1 });   // [0, 1]
 */
export function probabilities(
  logits: ArrayLike<number>,
  options: SamplingOptions = {},
  seen: Iterable<number> = [],
): Float64Array {
  checkSampling('probabilities', options);
  const { temperature = 1, topK, topP = 1, minP = 0, exclude = [] } = options;
  const scores = new Float64Array(logits);
  checkScores(scores);
  penalize(scores, options.repetitionPenalty ?? 1, seen);
  for (const id of exclude) if (id < scores.length) scores[id] = Number.NEGATIVE_INFINITY;
  const highest = largest(scores);
  if (temperature === 0) return chosenOnly(scores, [scores.indexOf(highest)]);
  const likelihoods = scores.map((score) => {
    const likelihood = math.exp((score - highest) / temperature);
    return likelihood >= minP ? likelihood : 0;
  });
  if (topK === undefined && topP === 1) return normalized(likelihoods);
  const ranked = byScore(scores)
    .filter((id) => likelihoods[id] > 0)
    .slice(0, topK);
  return normalized(chosenOnly(likelihoods, nucleus(likelihoods, ranked, topP)));
}

/** @throws OptionError listing everything that is wrong with the options */
export function checkSampling(operation: string, options: SamplingOptions): void {
  const { temperature = 1, topK = 1, topP = 1, minP = 0, exclude = [] } = options;
  const { repetitionPenalty = 1 } = options;
  const known = ['temperature', 'topK', 'topP', 'minP', 'repetitionPenalty', 'exclude'];
  const wrong = Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `there is no option '${name}' (there are ${known.join(', ')})`);
  if (!(temperature >= 0 && temperature < Infinity)) {
    wrong.push(`temperature must be a number ≥ 0; got ${temperature}`);
  }
  if (!Number.isInteger(topK) || topK < 1) {
    wrong.push(`topK must be a whole number of at least 1; got ${topK}`);
  }
  if (!(topP > 0 && topP <= 1)) wrong.push(`topP must be in (0, 1]; got ${topP}`);
  if (!(minP >= 0 && minP <= 1)) wrong.push(`minP must be in [0, 1]; got ${minP}`);
  if (!(repetitionPenalty > 0 && repetitionPenalty < Infinity)) {
    wrong.push(`repetitionPenalty must be a number > 0; got ${repetitionPenalty}`);
  }
  if (!exclude.every((id) => Number.isInteger(id) && id >= 0)) {
    wrong.push(`exclude must list ids; got ${exclude.join(', ')}`);
  }
  if (wrong.length > 0) throw new OptionError(operation, wrong.join('; '), { ...options });
}

function penalize(scores: Float64Array, penalty: number, seen: Iterable<number>): void {
  if (penalty === 1) return;
  for (const id of new Set(seen)) {
    if (id < scores.length) scores[id] *= scores[id] > 0 ? 1 / penalty : penalty;
  }
}

function checkScores(scores: Float64Array): void {
  const at = scores.findIndex((score) => Number.isNaN(score) || score === Infinity);
  if (at < 0) return;
  const words = `the score of token ${at} is ${scores[at]}; there is nothing to choose from. Did training go wrong?`;
  throw new NumericError('sample', words, { token: at });
}

function largest(scores: Float64Array): number {
  const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (Number.isFinite(highest)) return highest;
  throw new NumericError('sample', `none of the ${scores.length} tokens can come`, {
    classes: scores.length,
  });
}

function byScore(scores: Float64Array): number[] {
  const ids = Array.from(scores.keys()).filter((id) => scores[id] > Number.NEGATIVE_INFINITY);
  return ids.sort((a, b) => scores[b] - scores[a] || a - b);
}

/** The first of the ranked tokens that together have the share topP of all of them. */
function nucleus(likelihoods: Float64Array, ranked: readonly number[], topP: number): number[] {
  if (topP === 1) return [...ranked];
  const total = ranked.reduce((sum, id) => sum + likelihoods[id], 0);
  let covered = 0;
  const last = ranked.findIndex((id) => {
    covered += likelihoods[id];
    return covered >= topP * total;
  });
  return last < 0 ? [...ranked] : ranked.slice(0, last + 1);
}

function chosenOnly(values: Float64Array, ids: readonly number[]): Float64Array {
  const out = new Float64Array(values.length);
  if (ids.length === 1) out[ids[0]] = 1;
  else for (const id of ids) out[id] = values[id];
  return out;
}

function normalized(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
