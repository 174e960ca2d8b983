import type { Computation, Ref } from '../../program/program.ts';
import type { Matrix } from '../matmul.ts';
import type { Column, Floats } from './column.ts';

/** Computes one value for the first `rows` sequences of the step whose first row of all steps is `first`. */
export type Kernel = (first: number, rows: number) => void;

/** What a kernel is made from, once for each run: nothing is allocated per step. */
export interface Context {
  readonly batch: number;
  column(ref: Ref): Column;
  /** How many columns of a row exist, sequence by sequence; undefined when all do. */
  lengths(ref: Ref): readonly number[] | undefined;
  /** A vector weight in double precision. */
  vector(ref: Ref): Float64Array;
  /** A matrix weight, or its transpose, with its rows and columns. */
  matrix(ref: Ref, transposed: boolean): { matrix: Matrix; rows: number; columns: number };
  memory(ref: Ref): SourceMemory;
  isWeight(ref: Ref): boolean;
}

/** A memory `[batch, source, size]`, of which `lengths[i]` entries exist for sequence i. */
export interface SourceMemory {
  readonly values: Floats;
  readonly source: number;
  readonly size: number;
  readonly lengths: readonly number[];
}

/** Makes the kernel of one kind of value, which writes into `out`. */
export type Maker<K extends Computation['kind']> = (
  node: Extract<Computation, { kind: K }>,
  out: Column,
  context: Context,
) => Kernel;
