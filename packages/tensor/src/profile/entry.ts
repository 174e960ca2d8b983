import type { OperationTally, Tally } from './recorder.ts';

/** What something took. */
export interface ProfileEntry {
  readonly name: string;
  /** How often it ran; a backward pass of an operation is one call, whatever it is composed of. */
  readonly calls: number;
  /** Milliseconds in kernels. */
  readonly time: number;
  /** Arithmetic operations, a multiplication and an addition being two; 0 where values are only moved. */
  readonly flops: number;
  /** Arithmetic operations in a nanosecond. */
  readonly gflops: number;
  /** Bytes of operands and results: what has to be read and written at least. */
  readonly bytes: number;
}

/** An operation with the stages inside of it, for backends that tell of them; the longest first. */
export interface ProfileRow extends ProfileEntry {
  readonly stages: readonly ProfileEntry[];
}

/** Rows of tallies, the longest first. */
export function rowsOf(tallies: Iterable<OperationTally>): ProfileRow[] {
  return ordered(tallies).map((tally) => ({
    ...entryOf(tally),
    stages: ordered(tally.stages.values()).map(entryOf),
  }));
}

function ordered<T extends Tally>(tallies: Iterable<T>): T[] {
  return [...tallies].sort((a, b) => b.time - a.time);
}

function entryOf({ name, calls, time, flops, bytes }: Tally): ProfileEntry {
  return { name, calls, time, flops, gflops: gflopsOf(flops, time), bytes };
}

/** Arithmetic operations in a nanosecond, given milliseconds. */
export function gflopsOf(flops: number, time: number): number {
  return time > 0 ? flops / time / 1e6 : 0;
}
