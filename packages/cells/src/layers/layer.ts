import { add, concatFeatures, mul, type Sequence, type Tensors } from '@unroll/tensor';
import { Direction, type DirectionOptions, type DirectionResult } from './direction.ts';
import { Highway } from './highway.ts';
import type { LayerState } from './state.ts';
import type { Watcher } from './watch.ts';

/**
 * How the outputs of both directions become one: side by side, their sum, product or mean at each step. With `none` they
 * are given apart.
 */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'average' | 'none';

/** What goes around a layer: its input added (He et al. 2016), or a learned mixture of both (Srivastava et al. 2015). */
export type Connection = 'residual' | 'highway';

export interface LayerOptions extends DirectionOptions {
  /** Undefined for one direction. */
  readonly mergeMode: MergeMode | undefined;
  readonly connection: Connection | undefined;
}

export interface LayerResult extends DirectionResult {
  /** With `none`: the output of the other direction. */
  readonly backward?: Sequence;
}

type Merge = (ahead: Sequence, back: Sequence) => Sequence;

const merges: Readonly<Record<MergeMode, Merge>> = {
  concat: (ahead, back) => concatFeatures([ahead, back]),
  sum: (ahead, back) => ahead.map((rows) => add(rows, back.rows)),
  mul: (ahead, back) => ahead.map((rows) => mul(rows, back.rows)),
  average: (ahead, back) => ahead.map((rows) => mul(add(rows, back.rows), 0.5)),
  none: (ahead) => ahead,
};

export const mergeModes = Object.keys(merges) as MergeMode[];
export const connections: readonly Connection[] = ['residual', 'highway'];

/** One layer: a direction, beside it maybe the other one, and maybe a way around both. */
export class Layer extends Direction {
  readonly backward: Direction | undefined;
  readonly highway: Highway | undefined;
  readonly #mergeMode: MergeMode;
  readonly #residual: boolean;

  constructor(name: string, options: LayerOptions) {
    super(name, options, false);
    const { mergeMode, connection, sizes, dtype } = options;
    this.#mergeMode = mergeMode ?? 'none';
    this.#residual = connection === 'residual';
    if (mergeMode) this.backward = new Direction(`${name}.backward`, options, true);
    if (connection === 'highway') {
      this.highway = new Highway(sizes.inputSize, `${name}.highway`, dtype);
    }
  }

  /** @param around what the connection leads past the cells: their input before dropout */
  override forward(input: Sequence, given?: LayerState, around = input): LayerResult {
    const ahead = super.forward(input, given);
    const back = this.backward?.forward(input, given?.backward);
    const merged = back ? merges[this.#mergeMode](ahead.output, back.output) : ahead.output;
    return {
      output: this.#connected(around, merged),
      state: back ? { ...ahead.state, backward: back.state as Tensors } : ahead.state,
      ...(this.#mergeMode === 'none' && back ? { backward: back.output } : {}),
    };
  }

  /** Both directions. */
  override watch(watcher: Watcher, layer: number): () => void {
    const ends = [super.watch(watcher, layer), this.backward?.watch(watcher, layer)];
    return () => {
      for (const end of ends) end?.();
    };
  }

  #connected(x: Sequence, y: Sequence): Sequence {
    if (this.highway) return this.highway.forward(x, y);
    return this.#residual ? y.map((rows) => add(rows, x.rows)) : y;
  }
}
