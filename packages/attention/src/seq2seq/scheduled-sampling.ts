import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import {
  argmax,
  indexSelect,
  noGrad,
  type RandomStream,
  randomStream,
  type Sequence,
  tensor,
  where,
} from '@unroll/tensor';

export interface ScheduledSamplingOptions {
  /** Share of inputs that are the model's own guesses, from 0 to 1; raise it while training goes on. */
  rate: number;
  /** Where it is drawn which; default `randomStream('scheduled sampling')`. */
  stream?: RandomStream;
}

/**
 * Scheduled sampling (Bengio et al. 2015) in two passes (Mihaylova & Martins 2019): a first one with the true inputs, without a
 * tape, whose likeliest ids stand in place of some inputs of the second, each one step later. Both are whole runs of the
 * compiled scan; nothing is read in between. In the first step of a sequence the input stays.
 *
 * @param decode the model from input ids to scores `[length, classes]` each, such as a decoder with its state given
 * @param input ids, int32, as teacher forcing has them
 * @returns the scores of the second pass
 * @throws OptionError for a rate outside of [0, 1]
 * @example
 * const model = new EncoderDecoder({ sourceVocabSize: 9, targetVocabSize: 5, hiddenSize: 8 });
 * const state = model.encode(Sequence.fromArrays([[1, 2, 3]], { dtype: 'int32' }));
 * const input = Sequence.fromArrays([[0, 2, 4]], { dtype: 'int32' });
 * const scores = scheduledSampling((ids) => model.forward(ids, state).output, input, { rate: 0.25 });
 */
export function scheduledSampling(
  decode: (ids: Sequence) => Sequence,
  input: Sequence,
  options: ScheduledSamplingOptions,
): Sequence {
  refuseUnknownOptions('scheduledSampling', options, { rate: true, stream: true });
  const { rate, stream = randomStream('scheduled sampling') } = options;
  if (!(rate >= 0 && rate <= 1)) {
    throw new OptionError('scheduledSampling', `rate must be in [0, 1]; got ${rate}`, { rate });
  }
  if (rate === 0) return decode(input);
  const guesses = noGrad(() => argmax(decode(input).rows, { axis: 1 }));
  const [before, first] = rowsBefore(input);
  const chosen = stream.bernoulli([before.length], rate, { dtype: 'bool' });
  const own = indexSelect(guesses, tensor(before));
  const kept = where(tensor(first, { dtype: 'bool' }), input.rows, own);
  return decode(input.withRows(where(chosen, kept, input.rows)));
}

/** For each row that of the step before, and whether there is none. */
function rowsBefore(x: Sequence): [before: Int32Array, first: Uint8Array] {
  const steps = x.stepNumbers();
  const before = new Int32Array(steps.length);
  const first = new Uint8Array(steps.length);
  let start = 0;
  for (const [step, living] of x.batchSizes.entries()) {
    for (let i = 0; i < living; i++) {
      // The sequences that live at a step are the first ones of the step before.
      before[start + i] = step === 0 ? start + i : start - x.batchSizes[step - 1] + i;
      first[start + i] = Number(step === 0);
    }
    start += living;
  }
  return [before, first];
}
