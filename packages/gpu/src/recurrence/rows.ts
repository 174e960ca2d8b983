import { type Schedule, ShapeError, type SourceLengths } from '@unroll/backend';
import { Content } from '../device/content.ts';

/** The rows of a schedule, and what kernels must know of them. */
export interface Rows {
  readonly batch: number;
  readonly total: number;
  readonly batchSizes: readonly number[];
  /** The first row of each step. */
  readonly firsts: readonly number[];
  /** Entries of each source. */
  readonly sources: ReadonlyMap<string, number>;
  /** Entries that exist for each sequence. */
  readonly lengths: ReadonlyMap<string, Content>;
  /** The sequence of each row of a step, and of each row of all. */
  readonly sequences: Content;
  readonly allSequences: Content;
  /** The first row of each step, and its number of rows. */
  readonly steps: Content;
}

const whole = (values: readonly number[]) => new Content(values.length, Int32Array.from(values));

export function rowsOf(
  { batchSizes }: Schedule,
  sources: ReadonlyMap<string, number>,
  lengths: SourceLengths,
): Rows {
  const firsts: number[] = [];
  const sequences: number[] = [];
  batchSizes.forEach((count, t) => {
    if (count < 1 || (t > 0 && count > batchSizes[t - 1])) {
      const words = `batch sizes must fall and be 1 at least; got ${batchSizes.join(', ')}`;
      throw new ShapeError('scan', words);
    }
    firsts.push(sequences.length);
    for (let i = 0; i < count; i++) sequences.push(i);
  });
  const batch = batchSizes[0] ?? 0;
  return {
    batch,
    total: sequences.length,
    batchSizes,
    firsts,
    sources,
    lengths: new Map(Object.entries(lengths).map(([name, all]) => [name, whole(all)])),
    sequences: whole(sequences.slice(0, batch)),
    allSequences: whole(sequences),
    steps: whole(firsts.flatMap((first, t) => [first, batchSizes[t]])),
  };
}
