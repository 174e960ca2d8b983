import { Dropout, init, Linear, Module } from '@unroll/nn';
import {
  attentionWeights,
  type Sequence,
  scaledDotProductAttention,
  type Tensor,
  weightedSum,
} from '@unroll/tensor';
import { turnsFor } from '../positions/rotary.ts';
import { needRows } from '../rows.ts';
import type { KeyValues } from './cache.ts';
import { checkOptions, type MultiHeadAttentionOptions } from './options.ts';

/**
 * Multi-head attention (Vaswani et al. 2017, section 3.2.2): for each head
 *
 *     q = x·W_q + b_q    k = m·W_k + b_k    v = m·W_v + b_v
 *     y = softmax(q·kᵀ/√headSize)·v
 *
 * and the heads side by side times W_o + b_o. m is another sequence, the memory, or x itself. Beyond the end of a sequence
 * nothing is seen. Matrices start Glorot-uniform and biases at 0, as in PyTorch; weights are called `q.W`, `q.b`, `k.W`, …,
 * `out.W`, `out.b`.
 *
 * @throws OptionError for options that do not go together; ShapeError for rows of another size
 * @example
 * const attention = new MultiHeadAttention({ size: 16, numHeads: 4, causal: true });
 * const x = Sequence.fromBatch(zeros([2, 10, 16]), [10, 7]);
 * const y = attention.forward(x); // [length, 16] each
 */
export class MultiHeadAttention extends Module {
  static readonly className: string = 'MultiHeadAttention';

  readonly size: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly causal: boolean;
  readonly window: number;
  readonly q: Linear;
  readonly k: Linear;
  readonly v: Linear;
  readonly out: Linear;
  readonly dropout: Dropout;
  readonly #memorySize: number;
  readonly #base: number | undefined;

  constructor(options: MultiHeadAttentionOptions) {
    super(options.name);
    checkOptions(options);
    const { size, numHeads, numKvHeads = numHeads, memorySize = size } = options;
    this.size = size;
    this.numHeads = numHeads;
    this.numKvHeads = numKvHeads;
    this.causal = options.causal ?? false;
    this.window = options.window ?? Infinity;
    this.#memorySize = memorySize;
    this.#base = baseOf(options.rotary);
    const { bias, dtype } = options;
    const linear = (part: string, inputSize: number, outputSize: number) =>
      new Linear({
        ...{ inputSize, outputSize, bias, dtype, name: `${this.name}.${part}` },
        init: { W: init.xavierUniform(), b: init.zeros() },
      });
    const groups = (size / numHeads) * numKvHeads;
    this.q = linear('q', size, size);
    this.k = linear('k', memorySize, groups);
    this.v = linear('v', memorySize, groups);
    this.out = linear('out', size, size);
    this.dropout = new Dropout({ p: options.dropout ?? 0, name: `${this.name}.dropout` });
  }

  /** @param memory what is looked at; default: x itself */
  override forward(x: Sequence, memory: Sequence = x): Sequence {
    return this.look(x, this.keysOf(memory));
  }

  /** Keys and values of a memory, to be looked at as often as there are queries; not turned yet. */
  keysOf(memory: Sequence): KeyValues {
    needRows('MultiHeadAttention', memory, this.#memorySize, 'memorySize');
    return { k: this.k.forward(memory), v: this.v.forward(memory) };
  }

  /** What x sees of keys and values. Causal or with a window, the last step of x stands beside the last key. */
  look(x: Sequence, keys: KeyValues): Sequence {
    const { q, k, options } = this.#meeting(x, keys.k);
    if (!(this.training && this.dropout.p > 0)) {
      return this.out.forward(scaledDotProductAttention(q, k, keys.v, options));
    }
    const weights = this.dropout.forward(attentionWeights(q, k, options));
    return this.out.forward(weightedSum(weights, keys.v, q, this.numKvHeads));
  }

  /** The weights with which x looks at a memory: `[batch, heads, time, source]`, for pictures. */
  weights(x: Sequence, memory: Sequence = x): Tensor {
    const { q, k, options } = this.#meeting(x, this.keysOf(memory).k);
    return attentionWeights(q, k, options);
  }

  /** Queries of x and keys, and how they meet. */
  #meeting(x: Sequence, keys: Sequence) {
    needRows('MultiHeadAttention', x, this.size);
    const { numHeads: heads, numKvHeads: kvHeads, causal, window } = this;
    const options = { heads, kvHeads, causal, window, ...this.#turns(keys) };
    return { q: this.q.forward(x), k: keys, options };
  }

  /** Rotary positions count from the first key on: what matters is how far two steps are apart. */
  #turns({ time, rows }: Sequence) {
    if (this.#base === undefined) return {};
    const size = this.size / this.numHeads;
    return { turns: turnsFor(time, { size, base: this.#base, dtype: rows.dtype }) };
  }

  /** Whether queries and keys are turned by where they stand. */
  get rotary(): boolean {
    return this.#base !== undefined;
  }

  protected override details(): string[] {
    return [`heads ${this.numHeads}`, ...(this.causal ? ['causal'] : [])];
  }
}

function baseOf(given: MultiHeadAttentionOptions['rotary']): number | undefined {
  if (!given) return undefined;
  return given === true ? 10_000 : (given.base ?? 10_000);
}
