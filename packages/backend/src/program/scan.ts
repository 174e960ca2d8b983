import type { Memory, Operand } from '../contract/memory.ts';
import type { Program } from './program.ts';

/**
 * How the rows lie in time. The batch stands in order of falling length, so the living rows of step t are the first
 * `batchSizes[t]`, and rows of all steps follow each other: step t starts at row Σ batchSizes[0 … t − 1].
 */
export interface Schedule {
  /** Non-increasing, none is 0; the first is the batch, their count the time. */
  readonly batchSizes: readonly number[];
  /** Walks the same windows from the last step to the first; each row joins at its true end. */
  readonly reverse: boolean;
}

/** A memory's rows `[batch, source, size]` stand for `lengths` real entries each; what lies beyond does not exist. */
export type SourceLengths = Readonly<Record<string, readonly number[]>>;

/** A forward run. All floating operands have one dtype. */
export interface Scan {
  readonly program: Program;
  readonly schedule: Schedule;
  /** `[rows, size]` by name. */
  readonly steps: Readonly<Record<string, Operand>>;
  /** Initial states `[batch, size]` by name. */
  readonly states: Readonly<Record<string, Operand>>;
  /** `[batch, size]` by name. */
  readonly sequences: Readonly<Record<string, Operand>>;
  /** `[batch, source, size]` by name. */
  readonly memories: Readonly<Record<string, Operand>>;
  /** By the name of a source. */
  readonly lengths: SourceLengths;
  readonly parameters: Readonly<Record<string, Operand>>;
  /** Names of further values that are wanted at all steps. */
  readonly watch: readonly string[];
  /**
   * Whether a backward run will follow; without it nothing is kept. Told which gradients that run may ask for, the forward
   * run keeps only what those read; `true` is for all.
   */
  readonly save: boolean | WantedGradients;
}

export interface ScanResult {
  /** `[rows, size]` by name: the program's outputs. */
  readonly outputs: Readonly<Record<string, Memory>>;
  /** `[batch, size]` by name: each row's own last state. */
  readonly finalStates: Readonly<Record<string, Memory>>;
  /** `[rows, size]` by name: what was watched. */
  readonly watched: Readonly<Record<string, Memory>>;
  /** What the backward run needs, opaque; undefined when nothing was to be saved. */
  readonly saved: unknown;
}

export interface ScanBackward {
  /** The forward call, with the very operands it had. */
  readonly forward: Scan;
  readonly saved: unknown;
  /** `[rows, size]` by output name; an absent one is zero. */
  readonly outputs: Readonly<Record<string, Operand>>;
  /** `[batch, size]` by state name; an absent one is zero. */
  readonly finalStates: Readonly<Record<string, Operand>>;
  /** Names of forward values whose gradient is wanted at all steps. */
  readonly watch: readonly string[];
  /** Which inputs want a gradient, so that the others cost nothing. */
  readonly wanted: WantedGradients;
  /** Parameters whose gradients may be lent: the caller gives them back or keeps them (see {@link Lending}). */
  readonly lend?: readonly string[];
}

export interface WantedGradients {
  readonly steps: readonly string[];
  readonly states: readonly string[];
  readonly sequences: readonly string[];
  readonly memories: readonly string[];
  readonly parameters: readonly string[];
}

/** Gradients by name, in the shapes of the inputs. */
export interface ScanGradients {
  readonly steps: Readonly<Record<string, Memory>>;
  readonly states: Readonly<Record<string, Memory>>;
  readonly sequences: Readonly<Record<string, Memory>>;
  readonly memories: Readonly<Record<string, Memory>>;
  readonly parameters: Readonly<Record<string, Memory>>;
  /** `[rows, size]` by name of the forward value. */
  readonly watched: Readonly<Record<string, Memory>>;
}
