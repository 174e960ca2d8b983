import { Module } from '@unroll/nn';
import type { Sequence } from '@unroll/tensor';
import type { KeyValueState } from '../multi-head/cache.ts';
import { TransformerEncoderLayer, type TransformerLayerResult } from './encoder-layer.ts';
import { checkStack, type TransformerOptions } from './options.ts';
import { normOf } from './parts.ts';

/** One entry for each layer. */
export type TransformerState = readonly KeyValueState[];

/**
 * Layers of {@link TransformerEncoderLayer}, with a normalisation behind the last where they have it first. Causal layers
 * are a decoder-only model: `forward` takes the state that it gave, and goes on. Weights: `0.selfAttention.q.W`, …,
 * `norm.g`.
 *
 * @throws OptionError for options that do not exist or go together; ShapeError for rows of another size
 * @example
 * const encoder = new TransformerEncoder({ size: 16, numHeads: 4, numLayers: 2, causal: true, normFirst: true });
 * const { output, state } = encoder.forward(Sequence.fromBatch(zeros([1, 10, 16])));
 * const next = encoder.forward(Sequence.fromBatch(zeros([1, 1, 16])), state); // sees the ten steps before
 */
export class TransformerEncoder extends Module {
  static readonly className: string = 'TransformerEncoder';

  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: ReturnType<typeof normOf> | undefined;

  constructor({ numLayers, ...options }: TransformerOptions) {
    super(options.name);
    checkStack('TransformerEncoder', { numLayers, ...options });
    this.layers = Array.from(
      { length: numLayers },
      (_, i) => new TransformerEncoderLayer({ ...options, name: `${this.name}.${i}` }),
    );
    this.norm = options.normFirst ? normOf(options) : undefined;
  }

  /** Layers stand under their numbers. */
  override namedChildren(): Map<string, Module> {
    const children = new Map<string, Module>(this.layers.map((layer, i) => [String(i), layer]));
    return this.norm ? children.set('norm', this.norm) : children;
  }

  /** @param given the state after the steps before x, of causal layers */
  override forward(
    x: Sequence,
    given?: TransformerState,
  ): TransformerLayerResult<TransformerState> {
    const results: TransformerLayerResult<KeyValueState>[] = [];
    for (const [i, layer] of this.layers.entries()) {
      results.push(layer.forward(results[i - 1]?.output ?? x, given?.[i]));
    }
    const { output } = results[results.length - 1];
    return {
      output: this.norm?.forward(output) ?? output,
      get state() {
        return results.map(({ state }) => state);
      },
    };
  }
}
