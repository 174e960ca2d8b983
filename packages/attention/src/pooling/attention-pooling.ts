import { init, Linear, Module } from '@unroll/nn';
import {
  attentionWeights,
  broadcastTo,
  type Parameter,
  parameter,
  randomStream,
  reshape,
  Sequence,
  scaledDotProductAttention,
  type Tensor,
  tanh,
} from '@unroll/tensor';
import { needRows } from '../rows.ts';
import { type AttentionPoolingOptions, checkOptions, type PoolingScore } from './options.ts';

/**
 * A sequence as one row: a learned query v looks at all steps, and what it sees is summed up (Yang et al. 2016, eq. 5–7, in
 * Bahdanau's form),
 *
 *     e_t = v·tanh(x_t·W + b)        additive        e_t = v·x_t        dot, over √size scaled-dot
 *     α = softmax(e over t)
 *     y = Σ_t α_t·x_t
 *
 * With numHeads there are as many queries, and their rows lie side by side (Lin et al. 2017, eq. 6). Beyond the end of a
 * sequence nothing is seen. Weights are called `v`, and `keys.W` and `keys.b` of an additive score.
 *
 * @throws OptionError for options that do not exist or go together; ShapeError for rows of another size
 * @example
 * const pooling = new AttentionPooling({ size: 16 });
 * const x = Sequence.fromBatch(zeros([2, 10, 16]), [10, 7]);
 * console.log(pooling.forward(x).shape, pooling.weights(x).shape); // [2, 16] [2, 1, 10]
 */
export class AttentionPooling extends Module {
  static readonly className: string = 'AttentionPooling';
  readonly size: number;
  readonly numHeads: number;
  readonly score: PoolingScore;
  /** The queries, `[numHeads, hiddenSize]`; of a dot `[numHeads, size]`. */
  readonly v: Parameter;
  readonly keys: Linear | undefined;

  constructor(options: AttentionPoolingOptions) {
    super(options.name);
    checkOptions(options);
    const { size, score = 'additive', numHeads = 1, hiddenSize = size, bias, dtype } = options;
    this.size = size;
    this.numHeads = numHeads;
    this.score = score;
    const start = init.uniform({ low: -0.1, high: 0.1 });
    this.v = parameter(start([numHeads, hiddenSize], randomStream(this.name), dtype));
    this.keys =
      score === 'additive'
        ? new Linear({
            ...{ inputSize: size, outputSize: hiddenSize, bias, dtype },
            init: { W: init.xavierUniform(), b: init.zeros() },
            name: `${this.name}.keys`,
          })
        : undefined;
  }

  /** @returns `[batch, numHeads·size]` in the user's order */
  override forward(x: Sequence): Tensor {
    const { q, k, options } = this.#meeting(x);
    return reshape(scaledDotProductAttention(q, k, x, options).toBatch(), [
      x.batch,
      this.numHeads * this.size,
    ]);
  }

  /** How much of each step is in the outcome, for pictures: `[batch, numHeads, time]`, 0 beyond the end of a sequence. */
  weights(x: Sequence): Tensor {
    const { q, k, options } = this.#meeting(x);
    return reshape(attentionWeights(q, k, options), [x.batch, this.numHeads, x.time]);
  }

  /** One step of queries for each sequence, and what all heads compare them with. */
  #meeting(x: Sequence) {
    needRows('AttentionPooling', x, this.size);
    const { numHeads, v, score, size } = this;
    const all = broadcastTo(reshape(v, [1, 1, v.size]), [x.batch, 1, v.size]);
    const scale = score === 'scaled-dot' ? 1 / Math.sqrt(size) : 1;
    return {
      q: Sequence.fromBatch(all),
      k: this.keys ? this.keys.forward(x).map(tanh) : x,
      options: { heads: numHeads, kvHeads: 1, scale },
    };
  }

  protected override details(): string[] {
    return [this.score];
  }
}
