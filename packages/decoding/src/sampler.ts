import { type Shape, ShapeError } from '@unroll/backend';
import type { Tensor } from '@unroll/tensor';
import { checkSampling, probabilities, type SamplingOptions } from './probabilities.ts';

/** What sampling needs of a random stream: a number in [0, 1). */
export interface DrawStream {
  next(): number;
}

/**
 * From scores `[classes]` or `[batch, classes]` to one id for each row; `seen` are the ids of each row so far, which a
 * repetition penalty asks for.
 */
export type Sampler = (
  logits: Tensor,
  stream: DrawStream,
  seen?: readonly ArrayLike<number>[],
) => Promise<Int32Array>;

/**
 * Chooses tokens by their scores: greedy, or drawn with temperature, top-k, top-p, min-p and a repetition penalty.
 *
 * Each row takes one number from the stream, so that the same seed gives the same ids; with temperature 0 nothing is drawn.
 *
 * @throws OptionError for options outside their range; at a call NumericError when the scores hold NaN, or ShapeError
 * @example
 * const sample = sampler({ temperature: 0.8, topK: 40 });
 * const [id] = await sample(tensor([0.1, 2.3, -1]), randomStream('sampling'));
 */
export function sampler(options: SamplingOptions = {}): Sampler {
  checkSampling('sampler', options);
  const chosen = { ...options };
  return async (logits, stream, seen = []) => {
    const [rows, classes] = matrix(logits.shape);
    const values = await logits.data();
    return Int32Array.from({ length: rows }, (_, row) => {
      const scores = values.subarray(row * classes, (row + 1) * classes);
      const chances = probabilities(scores, chosen, Array.from(seen[row] ?? []));
      return chosen.temperature === 0 ? chances.indexOf(1) : draw(chances, stream.next());
    });
  };
}

/** The id at which the sum of the chances passes `fraction`, which lies in [0, 1). */
function draw(chances: Float64Array, fraction: number): number {
  let covered = 0;
  let last = 0;
  for (const [id, chance] of chances.entries()) {
    if (chance === 0) continue;
    covered += chance;
    last = id;
    if (fraction < covered) return id;
  }
  // The sum of the chances may miss 1 by rounding; what lies behind it belongs to the last one.
  return last;
}

function matrix(shape: Shape): [rows: number, classes: number] {
  if (shape.length === 1) return [1, shape[0]];
  if (shape.length === 2) return [shape[0], shape[1]];
  throw new ShapeError(
    'sample',
    `needs scores [classes] or [batch, classes]; got [${shape.join(', ')}]. Take the last time step?`,
    { shape },
  );
}
