import { Module } from '@unroll/nn';
import type { Sequence } from '@unroll/tensor';
import type { TransformerLayerResult } from './encoder-layer.ts';
import { checkStack, type TransformerLayerOptions, type TransformerOptions } from './options.ts';
import { normOf } from './parts.ts';

/** Layers on top of each other, with a normalisation behind the last where they have it first. */
export abstract class TransformerStack<Layer extends Module> extends Module {
  readonly layers: readonly Layer[];
  readonly norm: ReturnType<typeof normOf> | undefined;

  constructor(
    operation: string,
    options: TransformerOptions,
    Layer: new (options: TransformerLayerOptions) => Layer,
  ) {
    super(options.name);
    checkStack(operation, options);
    const { numLayers, ...own } = options;
    this.layers = Array.from(
      { length: numLayers },
      (_, i) => new Layer({ ...own, name: `${this.name}.${i}` }),
    );
    this.norm = options.normFirst ? normOf(options) : undefined;
  }

  /** Layers stand under their numbers. */
  override namedChildren(): Map<string, Module> {
    const children = new Map<string, Module>(this.layers.map((layer, i) => [String(i), layer]));
    return this.norm ? children.set('norm', this.norm) : children;
  }

  /** x through all layers; the states are made when they are read. */
  protected through<State>(
    x: Sequence,
    run: (layer: Layer, x: Sequence, i: number) => TransformerLayerResult<State>,
  ): TransformerLayerResult<State[]> {
    const results: TransformerLayerResult<State>[] = [];
    let output = x;
    for (const [i, layer] of this.layers.entries()) {
      results.push(run(layer, output, i));
      output = results[i].output;
    }
    return {
      output: this.norm?.forward(output) ?? output,
      get state() {
        return results.map(({ state }) => state);
      },
    };
  }
}
