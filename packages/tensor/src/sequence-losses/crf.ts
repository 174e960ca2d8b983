import { DTypeError, ShapeError, sameShape } from '@unroll/backend';
import { record, records, wrap } from '../autograd/record.ts';
import { asTensor, home, needFloating, on } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { reshape } from '../operations/core.ts';
import { matmul } from '../operations/matmul.ts';
import { sum } from '../operations/reduce.ts';
import type { Sequence } from '../sequence/sequence.ts';
import { kernelOf } from './kernel.ts';
import { eachRow, needFirstOrder } from './slopes.ts';

/** The scores of a linear chain beside those of its steps; −Infinity forbids what it stands at. */
export interface ChainScores {
  /** `[tags, tags]`, from a row's tag to a column's. */
  transitions: Tensor;
  /** `[tags]`, of the first step's tag. */
  start: Tensor;
  /** `[tags]`, of the last step's tag. */
  end: Tensor;
}

/**
 * A linear-chain conditional random field (Lafferty et al. 2001): of each sequence −log of the probability that its tags
 * have among all that could be. A sequence y scores `start(y₁) + Σ e_t(y_t) + Σ T(y_{t−1}, y_t) + end(y_n)`, and its
 * probability is e to that, over the sum for all. Forward and gradients are one kernel.
 *
 * @param emissions e, `[length, tags]` each
 * @param tags int32, of the same lengths
 * @returns `[batch]`, in nats
 * @throws DataError for tags whose score is −Infinity; IndexError for one that does not exist; ShapeError, DTypeError;
 * UnsupportedError on a backend without the kernel, and for second derivatives
 * @example
 * const emissions = Sequence.fromArrays([[[1, 0], [0, 1]]]);
 * const tags = Sequence.fromArrays([[0, 1]], { dtype: 'int32' });
 * const scores = { transitions: zeros([2, 2]), start: zeros([2]), end: zeros([2]) };
 * crfLosses(emissions, tags, scores); // [0.6265], twice log(1 + 1/e)
 */
export function crfLosses(emissions: Sequence, tags: Sequence, scores: ChainScores): Tensor {
  const { transitions, start, end } = scores;
  const inputs = [emissions.rows, transitions, start, end].map((x) => asTensor('crfLoss', x));
  needFloating('crfLoss', inputs);
  check(emissions, tags, scores);
  const backend = home(inputs);
  const crfLoss = kernelOf(backend, 'crfLoss');
  const [e, T, first, last] = inputs.map((x) => on(backend, x));
  const [losses, dEmissions, dTransitions] = crfLoss({
    ...{ emissions: e, places: emissions.places, tags: on(backend, tags.rows) },
    ...{ transitions: T, start: first, end: last },
    gradient: records(inputs),
  });
  const { batch } = emissions;
  const [rows, count] = emissions.rows.shape;
  const steps = dEmissions && wrap(backend, dEmissions, [rows, count]);
  const moves = dTransitions && wrap(backend, dTransitions, [batch, count * count]);
  const y = wrap(backend, losses, [batch]);
  return record('crfLoss', inputs, y, ([dy]) => {
    needFirstOrder('crfLoss');
    if (!dy || !steps || !moves) return [];
    const de = eachRow(emissions, steps, dy);
    const slopes = emissions.withRows(de);
    const dT = reshape(matmul(reshape(dy, [1, batch]), moves), [count, count]);
    return [de, dT, sum(slopes.first(), { axis: 0 }), sum(slopes.last(), { axis: 0 })];
  });
}

function check(emissions: Sequence, tags: Sequence, scores: ChainScores): void {
  const { features } = emissions;
  const count = features[0];
  const problems: string[] = [];
  if (features.length !== 1) {
    problems.push(`emissions must be [length, tags]; their rows are [${features.join(', ')}]`);
  }
  if (!emissions.hasLengthsOf(tags) || tags.features.length > 0) {
    problems.push(
      `tags must be one id a step, of the lengths of the emissions, [${emissions.lengths.join(', ')}]; got rows of [${tags.features.join(', ')}] and [${tags.lengths.join(', ')}]`,
    );
  }
  const wanted = { transitions: [count, count], start: [count], end: [count] };
  for (const [name, shape] of Object.entries(wanted)) {
    const found = scores[name as keyof ChainScores].shape;
    if (sameShape(found, shape)) continue;
    problems.push(`${name} must be [${shape.join(', ')}]; got [${found.join(', ')}]`);
  }
  if (problems.length > 0) {
    throw new ShapeError('crfLoss', problems.join('; '), { features, tags: tags.lengths });
  }
  if (tags.rows.dtype === 'int32') return;
  throw new DTypeError('crfLoss', `tags must be int32; got ${tags.rows.dtype}`);
}
