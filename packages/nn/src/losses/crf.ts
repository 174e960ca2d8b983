import { type DType, refuseUnknownOptions } from '@unroll/backend';
import {
  type ChainScores,
  crfLosses,
  mean,
  type Parameter,
  parameter,
  randomStream,
  type Sequence,
  type Tensor,
  tensor,
  where,
} from '@unroll/tensor';
import type { Initializer } from '../init/initializer.ts';
import { uniform } from '../init/random.ts';
import { needSizes } from '../layers/rowwise.ts';
import { Module } from '../module/module.ts';
import { checkConstraints, type TagConstraints } from './constraints.ts';
import { type LossOptions, reduced } from './reduction.ts';

export interface CrfOptions {
  /** How many tags there are. */
  numTags: number;
  /** Which tags may come where; default: all anywhere. {@link bioConstraints} makes those of BIO tags. */
  constraints?: TagConstraints;
  /** How the scores start; default uniform in ±0.1. */
  init?: { transitions?: Initializer; start?: Initializer; end?: Initializer };
  /** Default float32. */
  dtype?: DType;
  /** Of its random stream; default: `CRF` with a number. */
  name?: string;
}

const known: Record<keyof CrfOptions, true> = {
  numTags: true,
  constraints: true,
  init: true,
  dtype: true,
  name: true,
};

/**
 * A linear-chain conditional random field on top of a tagger (Lafferty et al. 2001; Lample et al. 2016 for the pair): it
 * scores whole sequences of tags, `start(y₁) + Σ e_t(y_t) + Σ T(y_{t−1}, y_t) + end(y_n)`, so that a tag depends on its
 * neighbours, and what the constraints forbid has no probability. Its parameters are `transitions` `[numTags, numTags]`,
 * from a row's tag to a column's, `start` and `end` `[numTags]`.
 *
 * `forward` is the loss, −log p(tags | emissions) in nats: the mean of the sequences, their sum, or each, `[batch]` in the
 * user's order. It has no second derivative. `viterbi` of `@unroll/decoding` finds the best tags with {@link scores}.
 *
 * @throws DataError for constraints that no sequence satisfies, and at a call for tags that they forbid; IndexError for a
 * tag that does not exist; ShapeError, DTypeError, OptionError; UnsupportedError on a GPU
 * @example
 * const crf = new CRF({ numTags: 3, constraints: bioConstraints(['O', 'B-time', 'I-time']) });
 * const emissions = Sequence.fromArrays([[[0, 1, 0], [0, 0, 1]]]);
 * const loss = crf.forward(emissions, Sequence.fromArrays([[1, 2]], { dtype: 'int32' }));
 */
export class CRF extends Module {
  static readonly className: string = 'CRF';
  readonly numTags: number;
  readonly constraints: TagConstraints;
  readonly transitions: Parameter;
  readonly start: Parameter;
  readonly end: Parameter;

  constructor(options: CrfOptions) {
    super(options.name);
    refuseUnknownOptions('CRF', options, known);
    const { numTags, constraints = {}, init = {}, dtype } = options;
    needSizes('CRF', { numTags });
    checkConstraints(numTags, constraints);
    this.numTags = numTags;
    this.constraints = constraints;
    const near0 = uniform({ low: -0.1, high: 0.1 });
    const stream = randomStream(this.name);
    this.transitions = parameter((init.transitions ?? near0)([numTags, numTags], stream, dtype));
    this.start = parameter((init.start ?? near0)([numTags], stream, dtype));
    this.end = parameter((init.end ?? near0)([numTags], stream, dtype));
  }

  override forward(emissions: Sequence, tags: Sequence, options: LossOptions = {}): Tensor {
    refuseUnknownOptions('CRF', options, { reduction: true });
    const losses = crfLosses(emissions, tags, this.scores());
    return reduced('CRF', losses, options.reduction ?? 'mean', () => mean(losses));
  }

  /** Its scores, −Infinity where the constraints forbid. */
  scores(): ChainScores {
    const { transitions, start, end } = this.constraints;
    return {
      transitions: masked(this.transitions, transitions?.flat()),
      start: masked(this.start, start),
      end: masked(this.end, end),
    };
  }
}

function masked(x: Tensor, allowed: readonly boolean[] | undefined): Tensor {
  if (allowed === undefined) return x;
  const mask = tensor(Uint8Array.from(allowed, Number), { shape: x.shape });
  return where(mask, x, Number.NEGATIVE_INFINITY);
}
