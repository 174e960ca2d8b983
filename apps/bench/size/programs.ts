/** A GRU with the reset after the product, gates side by side in the order r z n, and a head: plain numbers, as from a file. */
export interface Weights {
  readonly W: number[][];
  readonly U: number[][];
  readonly b: number[];
  readonly bU: number[];
  readonly head: { readonly W: number[][]; readonly b: number[] };
}

/** Scores of the classes for `[batch, time, features]`, row after row, by weights that somebody trained. */
export type Inference = (
  weights: Weights,
  batch: number[][][],
) => Promise<Iterable<number> & ArrayLike<number>>;

/** Trains a GRU and a head by Adam (lr 0.01) to tell sequences' classes: the cross-entropy before each step. */
export type Training = (
  batch: number[][][],
  classes: { readonly ids: number[]; readonly count: number },
  options: { readonly hiddenSize: number; readonly steps: number },
) => Promise<number[]>;
