import { DataError, ShapeError } from '@unroll/backend';
import { reshape, slice, type Tensor, takeTurn, tensor } from '@unroll/tensor';
import { needLength } from './counts.ts';
import { ModelSteps } from './model-steps.ts';
import type { SequenceModel } from './sequence-model.ts';

/** What values are fed back. */
export interface RolloutOptions<State = unknown> {
  /** Values that the model reads first, `[batch, time, features]`; at least one step. */
  prompt: Tensor;
  /** How many steps to generate; default: no end. */
  length?: number;
  /**
   * Makes the next input `[batch, features]` of what the model gives last, `[batch, n]`: draws from a distribution of which it
   * gives the parameters, or adds a difference. Called without a tape. Default: what it gives is the next input.
   */
  next?: (last: Tensor) => Tensor;
  /** The state before the prompt, of as many rows; default: the model's own start. */
  state?: State;
  /** Ends the loop at the next step; the iterator then throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Generates real values step by step, each fed back as the next input: a forecast, a drawn line, a sound. A model that was
 * trained to say the next value from those before says all that follow. The state is carried from step to step; rows of the
 * batch go on side by side.
 *
 * A value is there until the next one is asked for; on a GPU, `keep` what is read later.
 *
 * @returns the values `[batch, features]`, one for each step
 * @throws ShapeError, DataError for a prompt that is none; OptionError for a length that is no whole number ≥ 0; while
 * iterating ShapeError where what comes next is not of the prompt's features, or the signal's reason
 * @example
 * // Doubles what it reads.
 * const model = { forward: (x: Tensor) => ({ output: mul(x, 2), state: null }) };
 * for await (const value of rollout(model, { prompt: tensor([[[1], [3]]]), length: 3 })) {
 *   console.log(await value.item()); // 6, 12, 24
 * }
 */
export function rollout<State>(
  model: SequenceModel<State>,
  options: RolloutOptions<State>,
): AsyncGenerator<Tensor, void, undefined> {
  const { prompt, length = Number.POSITIVE_INFINITY } = options;
  if (prompt.rank !== 3) {
    const { shape } = prompt;
    throw new ShapeError(
      'rollout',
      `the prompt must be [batch, time, features]; got [${shape.join(', ')}]`,
      { shape },
    );
  }
  if (prompt.size === 0) {
    throw new DataError('rollout', 'the prompt is empty; give at least one step to begin with');
  }
  needLength('rollout', length);
  return iterate(model, options, length);
}

async function* iterate<State>(
  model: SequenceModel<State>,
  { prompt, next = (last) => last, state, signal }: RolloutOptions<State>,
  length: number,
): AsyncGenerator<Tensor, void, undefined> {
  if (length === 0) return;
  const [batch, time, features] = prompt.shape;
  const { dtype } = prompt;
  const values = await prompt.data();
  // From the host, so that it can be read on either device under auto.
  const first = () => tensor(values, { shape: prompt.shape, dtype });
  const steps = await ModelSteps.begin('rollout', model, {
    first,
    later: () => slice(first(), { axis: 1, from: time - 1, to: time }),
    rows: Array.from({ length: batch }, (_, row) => row),
    state,
    select: (same) => same,
    signal,
  });
  let given = first;
  try {
    for (let i = 0; i < length; i++) {
      signal?.throwIfAborted();
      const { seen } = steps.read(given, (_, last) => needInput(next(last), batch, features));
      const value = seen as Tensor;
      steps.release();
      await takeTurn();
      signal?.throwIfAborted();
      yield value;
      given = () => reshape(value, [batch, 1, features]);
    }
  } finally {
    steps.release();
  }
}

function needInput(value: Tensor, batch: number, features: number): Tensor {
  if (value.rank === 2 && value.shape[0] === batch && value.shape[1] === features) return value;
  const { shape } = value;
  throw new ShapeError(
    'rollout',
    `what the model reads next must be [${batch}, ${features}], as the prompt; got [${shape.join(', ')}]. Make it of what the model gives with next.`,
    { shape },
  );
}
