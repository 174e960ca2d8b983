import { Module } from '@unroll/nn';
import type { Sequence } from '@unroll/tensor';
import { type DecoderLayerState, TransformerDecoderLayer } from './decoder-layer.ts';
import type { TransformerLayerResult } from './encoder-layer.ts';
import { checkStack, type TransformerOptions } from './options.ts';
import { normOf } from './parts.ts';

/** One entry for each layer; the memory's keys and values are in it. */
export type DecoderState = readonly DecoderLayerState[];

/**
 * Layers of {@link TransformerDecoderLayer} over one memory, with a normalisation behind the last where they have it
 * first. Weights: `0.selfAttention.q.W`, `0.memoryAttention.q.W`, …, `norm.g`.
 *
 * @throws OptionError for options that do not exist or go together; ShapeError for rows of another size
 * @example
 * const decoder = new TransformerDecoder({ size: 16, numHeads: 4, numLayers: 2 });
 * const memory = Sequence.fromBatch(zeros([2, 12, 16]), [12, 5]);
 * const { output } = decoder.forward(Sequence.fromBatch(zeros([2, 3, 16])), memory);
 */
export class TransformerDecoder extends Module {
  static readonly className: string = 'TransformerDecoder';

  readonly layers: readonly TransformerDecoderLayer[];
  readonly norm: ReturnType<typeof normOf> | undefined;

  constructor({ numLayers, ...options }: TransformerOptions) {
    super(options.name);
    checkStack('TransformerDecoder', { numLayers, ...options });
    this.layers = Array.from(
      { length: numLayers },
      (_, i) => new TransformerDecoderLayer({ ...options, name: `${this.name}.${i}` }),
    );
    this.norm = options.normFirst ? normOf(options) : undefined;
  }

  /** Layers stand under their numbers. */
  override namedChildren(): Map<string, Module> {
    const children = new Map<string, Module>(this.layers.map((layer, i) => [String(i), layer]));
    return this.norm ? children.set('norm', this.norm) : children;
  }

  /**
   * @param memory what is decoded from; may be left out where a state is given
   * @param given the state after the steps before x
   */
  override forward(
    x: Sequence,
    memory: Sequence | undefined,
    given?: DecoderState,
  ): TransformerLayerResult<DecoderState> {
    const results: TransformerLayerResult<DecoderLayerState>[] = [];
    for (const [i, layer] of this.layers.entries()) {
      results.push(layer.forward(results[i - 1]?.output ?? x, memory, given?.[i]));
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
