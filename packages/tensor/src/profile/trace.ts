import { gflopsOf } from './entry.ts';
import type { Stretch } from './recorder.ts';

/** A trace in Chrome's format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
export interface Trace {
  readonly displayTimeUnit: 'ms';
  readonly otherData: { readonly dropped: number };
  readonly traceEvents: readonly TraceEvent[];
}

/** A complete event (`X`), in microseconds, or a name for the process or the thread (`M`). */
type TraceEvent = {
  readonly name: string;
  readonly pid: 1;
  readonly tid: 1;
  readonly args: Readonly<Record<string, string | number>>;
} & (
  | { readonly ph: 'M' }
  | { readonly ph: 'X'; readonly cat: string; readonly ts: number; readonly dur: number }
);

const place = { pid: 1, tid: 1 } as const;

/** Stretches of time, counted from `origin`. Viewers lay those inside that are inside. */
export function traceOf(stretches: readonly Stretch[], origin: number, dropped: number): Trace {
  const named = (name: string, text: string): TraceEvent => {
    return { name, ph: 'M', ...place, args: { name: text } };
  };
  const events = stretches.map(({ name, kind, start, end, flops, bytes }): TraceEvent => {
    const time = end - start;
    const [ts, dur] = [1000 * (start - origin), 1000 * time];
    return {
      name,
      cat: kind,
      ph: 'X',
      ts,
      dur,
      ...place,
      args: { flops, bytes, 'GFLOP/s': gflopsOf(flops, time) },
    };
  });
  return {
    displayTimeUnit: 'ms',
    otherData: { dropped },
    traceEvents: [named('process_name', 'Unroll'), named('thread_name', 'kernels'), ...events],
  };
}
