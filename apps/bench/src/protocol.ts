import type { Spec } from './specs.ts';

/** What a child is told, one JSON object a line. It does nothing, and sleeps, until a line comes. */
export type Request =
  | { readonly do: 'prepare'; readonly id: string; readonly spec: Spec }
  | { readonly do: 'run'; readonly id: string; readonly calls: number }
  | { readonly do: 'drop'; readonly id: string };

/** What a child says of itself when it is ready: versions, threads, libraries. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/** Sentences that a reader of the figures has to know. */
export interface Ready {
  readonly facts: Facts;
  readonly warnings: readonly string[];
  /** Resident bytes when all is imported and nothing is made; null where the system does not tell. */
  readonly residentBytes: number | null;
}

export interface Prepared {
  readonly parameters?: number;
  readonly note?: string;
}

export interface Ran {
  /** Of each call, one after the other. */
  readonly seconds: readonly number[];
  /** Of the last call, where there is one. */
  readonly loss?: number;
  /** Resident bytes now, and the most there have been since the import; null where the system does not tell. */
  readonly residentBytes: number | null;
  readonly peakBytes: number | null;
}

/** What a child answers, one JSON object a line. */
export type Answer = { readonly ok: unknown } | { readonly error: string };
