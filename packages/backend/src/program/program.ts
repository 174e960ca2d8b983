import type { Shape } from '../contract/shape.ts';
import type { Formula } from '../formula/formula.ts';

/** Index of a value in {@link Program.values}. */
export type Ref = number;

/** Columns of a value: a number, or the source length of a memory (`{ source: 'encoder' }`), known only when it runs. */
export type Size = number | { readonly source: string };

/**
 * A recurrence program: one step of a cell as plain data. It can be printed, stored and sent to a worker. A value is a
 * matrix with one row per living sequence; `values` stands in order of computation.
 */
export interface Program {
  readonly name: string;
  readonly values: readonly Value[];
  /** What is carried: at each step the value `input` holds the old state, and `next` becomes the new one. */
  readonly states: readonly State[];
  /** What is read at every step, by name. */
  readonly outputs: readonly Output[];
  /** The whole tensors of which `weight` values are windows. */
  readonly parameters: readonly ParameterSpec[];
  /** Sums over all steps; only derivative programs have them. */
  readonly sums: readonly Sum[];
}

export interface State {
  readonly name: string;
  readonly size: number;
  readonly input: Ref;
  readonly next: Ref;
}

export interface Output {
  readonly name: string;
  readonly value: Ref;
}

/** A vector `[n]` or a matrix `[m, n]`. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
}

export type Value = Named & (Source | Computation);

interface Named {
  /** Its author's name, unique in the program; `inspect`, the anomaly mode and the lessons ask for values by it. */
  readonly name: string;
  readonly size: Size;
}

/** Values that come from outside. */
export type Source =
  /** A row of the data at every step: `[rows, size]`. */
  | { readonly kind: 'step' }
  /** The state before the step: `[batch, size]`. */
  | { readonly kind: 'state' }
  /** One row for the whole sequence: `[batch, size]`. */
  | { readonly kind: 'sequence' }
  /** A memory `[batch, source, size]` with its own lengths; memories of one `source` share them. */
  | { readonly kind: 'memory'; readonly source: string }
  /** A window of a parameter: `columns` of a vector; `rows` and `columns` of a matrix. Half open. `size` is its columns. */
  | {
      readonly kind: 'weight';
      readonly parameter: string;
      readonly rows?: Window;
      readonly columns: Window;
    }
  /** In a derivative program: the value `of` the forward program, as it was at this step. */
  | { readonly kind: 'saved'; readonly of: Ref };

export type Window = readonly [from: number, to: number];

/** Values that are computed. */
export type Computation =
  /** Σ value · matrix + bias: `[rows, m] · [m, n]`, or with `transposed` `[rows, n] · [m, n]ᵀ`. */
  | { readonly kind: 'affine'; readonly terms: readonly Term[]; readonly bias?: Ref }
  /** A formula with one output over values of one size; vectors (weights) and size 1 are broadcast to `size`. */
  | { readonly kind: 'pointwise'; readonly formula: Formula; readonly args: readonly Ref[] }
  /** (x − mean(x)) / √(var(x) + eps) over each row, biased variance. Gain and bias are pointwise. */
  | { readonly kind: 'rowNorm'; readonly x: Ref; readonly eps: number }
  /** Derivative of rowNorm at x: `rstd·(dy − mean(dy) − x̂·mean(dy·x̂))`; `normed` is x̂. */
  | {
      readonly kind: 'rowNormGradient';
      readonly x: Ref;
      readonly normed: Ref;
      readonly gradient: Ref;
      readonly eps: number;
    }
  /** Softmax over each row; when its size is a source, over the first `length` of the row, and 0 beyond. */
  | { readonly kind: 'rowSoftmax'; readonly x: Ref }
  /** Derivative of rowSoftmax: `y·(dy − Σ dy·y)`. */
  | { readonly kind: 'rowSoftmaxGradient'; readonly y: Ref; readonly gradient: Ref }
  /** Columns of a value: `[from, to)`. */
  | { readonly kind: 'columns'; readonly x: Ref; readonly window: Window }
  /** Its derivative: `gradient` put back at `window`, zeros around it. */
  | { readonly kind: 'columnsGradient'; readonly gradient: Ref; readonly window: Window }
  /** Values side by side. */
  | { readonly kind: 'concat'; readonly parts: readonly Ref[] }
  /**
   * Row sums `[rows, 1]`, over a source within its length: how the gradient of a value that was broadcast from size 1
   * comes back.
   */
  | { readonly kind: 'rowSum'; readonly x: Ref }
  /** Attention scores `[rows, source]`: Σₙ qₙ·kₙ ('dot'), or Σₙ vₙ·tanh(qₙ + kₙ) ('additive'); 0 beyond the length. */
  | { readonly kind: 'score'; readonly form: 'dot'; readonly query: Ref; readonly memory: Ref }
  | {
      readonly kind: 'score';
      readonly form: 'additive';
      readonly query: Ref;
      readonly memory: Ref;
      readonly vector: Ref;
    }
  /** Derivative of the additive score at its query: `v ⊙ Σⱼ dsⱼ·(1 − tanh²(q + kⱼ))`. */
  | {
      readonly kind: 'scoreGradient';
      readonly query: Ref;
      readonly memory: Ref;
      readonly vector: Ref;
      readonly gradient: Ref;
    }
  /** Σⱼ weightsⱼ · memoryⱼ within the length: `[rows, n]`. */
  | { readonly kind: 'memorySum'; readonly weights: Ref; readonly memory: Ref };

/** value · weight, or value · weightᵀ. */
export interface Term {
  readonly value: Ref;
  readonly weight: Ref;
  readonly transposed: boolean;
}

/** A gradient that is added up over all steps, after the loop. */
export type Sum =
  /** Into a matrix window: leftᵀ · right over all rows of all steps, one product. */
  | { readonly kind: 'product'; readonly into: Ref; readonly left: Ref; readonly right: Ref }
  /** Into a vector window: the column sums of all rows of all steps. */
  | { readonly kind: 'columns'; readonly into: Ref; readonly value: Ref }
  /** Into a per-sequence value: the sum over the steps, each row to its sequence. */
  | { readonly kind: 'steps'; readonly into: Ref; readonly value: Ref }
  /** Into a memory: weightsⱼ · vector, at every j within the length. */
  | { readonly kind: 'outer'; readonly into: Ref; readonly weights: Ref; readonly vector: Ref }
  /** Into the keys of an additive score: dsⱼ · v ⊙ (1 − tanh²(q + kⱼ)). */
  | {
      readonly kind: 'additiveKeys';
      readonly into: Ref;
      readonly query: Ref;
      readonly vector: Ref;
      readonly gradient: Ref;
    }
  /** Into the vector of an additive score: Σⱼ dsⱼ · tanh(q + kⱼ). */
  | {
      readonly kind: 'additiveVector';
      readonly into: Ref;
      readonly query: Ref;
      readonly memory: Ref;
      readonly gradient: Ref;
    };
