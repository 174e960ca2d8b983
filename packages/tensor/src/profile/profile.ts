import { UnrollError } from '@unroll/backend';
import { attach } from './attach.ts';
import { type ProfileRow, rowsOf } from './entry.ts';
import { Recorder, type Stretch } from './recorder.ts';
import { tableOf } from './table.ts';
import { traceOf } from './trace.ts';

/** What a profiled function gave, and where its time went. */
export interface Profiled<T> {
  readonly value: T;
  readonly profile: Profile;
}

/** Where the time of a function went. As a text it is a table for the terminal. */
export class Profile {
  /** Milliseconds from beginning to end, as `performance.now()` gives them. */
  readonly start: number;
  readonly end: number;
  /** One for each operation, the longest first. */
  readonly rows: readonly ProfileRow[];
  readonly #stretches: readonly Stretch[];
  readonly #dropped: number;

  constructor({ operations, stretches, dropped }: Recorder, start: number, end: number) {
    this.start = start;
    this.end = end;
    this.rows = rowsOf(operations.values());
    this.#stretches = stretches;
    this.#dropped = dropped;
  }

  /** Milliseconds that passed altogether. */
  get time(): number {
    return this.end - this.start;
  }

  /** Milliseconds in kernels of a backend; the rest is JavaScript around them, and waiting. */
  get kernelTime(): number {
    return this.rows.reduce((sum, row) => sum + row.time, 0);
  }

  /** The row of an operation; undefined where it did not run. */
  row(name: string): ProfileRow | undefined {
    return this.rows.find((row) => row.name === name);
  }

  /** A table: operations and their stages with time, share of the whole, calls, speed and bytes. */
  toString(): string {
    return tableOf(this);
  }

  /**
   * The JSON of a trace file (Chrome's trace event format) for https://ui.perfetto.dev or chrome://tracing: operations,
   * the kernels in them, and the stages in those, along time. Beyond the first 200,000 stretches it counts only
   * (`otherData.dropped`).
   */
  toTrace(): string {
    return JSON.stringify(traceOf(this.#stretches, this.start, this.#dropped));
  }
}

let running = false;

/**
 * Runs `fn`, which may be asynchronous, and says where its time went: one row for each operation and one for its backward
 * pass (`LSTM backward`), and inside of a recurrence one for each stage. What else computes meanwhile is in it too. Outside
 * of `profile` nothing is measured, and nothing is slower for it.
 *
 * @throws UnrollError where another profile is running; whatever `fn` throws, and then there is no profile
 * @example
 * const x = ones([64, 64]);
 * const { value, profile: found } = profile(() => matmul(x, x));
 * console.log(value.shape, found.row('matmul')?.flops); // [64, 64] 524288
 * console.log(`${found}`); // a table
 */
export function profile<T>(fn: () => Promise<T>): Promise<Profiled<T>>;
export function profile<T>(fn: () => T): Profiled<T>;
export function profile<T>(fn: () => T | Promise<T>): Profiled<T> | Promise<Profiled<T>> {
  if (running) {
    throw new UnrollError(
      'profile',
      'another profile is running. Profile one function at a time; what it calls is in it.',
    );
  }
  const recorder = new Recorder();
  const detach = attach(recorder);
  running = true;
  const stop = () => {
    detach();
    running = false;
  };
  const start = performance.now();
  const finish = (value: T): Profiled<T> => {
    const end = performance.now();
    return { value, profile: new Profile(recorder, start, end) };
  };
  let result: T | Promise<T>;
  try {
    result = fn();
  } catch (error) {
    stop();
    throw error;
  }
  if (result instanceof Promise) return result.then(finish).finally(stop);
  stop();
  return finish(result);
}
