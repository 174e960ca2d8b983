import { DataError } from '@unroll/backend';
import { concat, indexSelect, Sequence, type Tensor, zeros } from '@unroll/tensor';

/** A sequence of chosen rows of x, with empty ones among them. */
export interface Choice {
  /** Steps of each sequence. */
  readonly lengths: readonly number[];
  /** The row of x at a step of a sequence; undefined for a row of zeros. */
  at(sequence: number, step: number): number | undefined;
}

/** Sequences whose steps are rows of x `[rows, …features]`. Gradients flow back to x. */
export function chooseRows(x: Tensor, { lengths, at }: Choice): Sequence {
  const [empty, ...features] = x.shape;
  const source = concat([x, zeros([1, ...features], { dtype: x.dtype })], { axis: 0 });
  const ids = lengths.map((n, i) => Int32Array.from({ length: n }, (_, t) => at(i, t) ?? empty));
  return Sequence.fromArrays(ids).map((rows) => indexSelect(source, rows));
}

/** One whole number of steps for each sequence, at least `least`. */
export function needLengths(
  operation: string,
  lengths: ArrayLike<number>,
  batch: number,
  least: number,
): readonly number[] {
  const list = Array.from(lengths);
  const wrong = list.findIndex((n) => !Number.isInteger(n) || n < least);
  if (list.length === batch && wrong < 0) return list;
  const got = wrong < 0 ? `${list.length} of them` : `${list[wrong]} for sequence ${wrong}`;
  throw new DataError(
    operation,
    `needs a length for each of ${batch} sequences, a whole number of at least ${least}; got ${got}`,
    { lengths: list, batch },
  );
}
