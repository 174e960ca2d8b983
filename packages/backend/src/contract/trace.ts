/**
 * Something that a backend did inside of one kernel, for a profile: one stretch of time of the thread that submits.
 * Stretches of one kernel do not overlap.
 */
export interface Span {
  /** What was done: `recurrent products`, `pointwise`, `synchronisation`. */
  readonly stage: string;
  /** Milliseconds as `performance.now()` gives them. */
  readonly start: number;
  readonly end: number;
  /** Arithmetic operations; a multiplication and an addition are two. */
  readonly flops: number;
  /** Bytes read and written. */
  readonly bytes: number;
}

/** Takes spans as they end. */
export type SpanSink = (span: Span) => void;
