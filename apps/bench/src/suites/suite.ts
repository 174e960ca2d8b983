import type { Json } from '@unroll/cli';
import type { Pace } from '../measure/rounds.ts';
import type { Choice } from '../peers/choose.ts';
import type { Adapter } from '../peers/peer.ts';
import type { Facts } from '../protocol.ts';
import type { Spec } from '../specs.ts';

/** Figures for a reader. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a suite found out. */
export interface Findings {
  /** Numbers under `<kind>.<configuration>.<who>.<unit>`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly tables: readonly Table[];
  /** Sentences that a reader of the figures has to know. */
  readonly notes: readonly string[];
  readonly config: { readonly [key: string]: Json };
  /** What every peer said of itself. */
  readonly peers: Readonly<Record<string, Facts>>;
}

/** Shows how far a suite is. */
export interface Progress {
  /** A part begins, of so many turns. */
  begin(what: string, turns: number): void;
  turn(): void;
  end(): void;
}

/** What the command line hands to a suite. */
export interface SuiteContext {
  readonly choice: Choice;
  readonly pace: Pace;
  /** Measures only what contains this text in `<kind>.<configuration>`. */
  readonly only?: string;
  /** The GPU that was asked for. */
  readonly adapter?: Adapter;
  readonly progress: Progress;
}

/** One question about speed or memory. */
export interface Suite {
  readonly name: string;
  /** One line: the question. */
  readonly summary: string;
  /** What is measured; peers who can do none of it take no part. */
  readonly kinds: readonly Spec['kind'][];
  /** Who takes part: those who compute there; on the CPU without. */
  readonly device?: 'gpu';
  /** Threads of ours where the question is about one thread; the backend's default without. */
  readonly threads?: number;
  run(context: SuiteContext): Promise<Findings>;
}
