import { AutogradError } from '@unroll/backend';
import { releasing } from '../core/releasing.ts';

let recording = true;
let anomaly = false;

/** Whether operations are recorded now. */
export function isGradEnabled(): boolean {
  return recording;
}

/** Whether every operation is searched for NaN now. */
export function isAnomalyEnabled(): boolean {
  return anomaly;
}

/**
 * Runs `fn` without recording: nothing in it can be differentiated, and nothing is kept for it. On
 * a GPU what is made there is freed at its end, all but what it returns and what was marked with `keep()`.
 *
 * @throws AutogradError when `fn` returns a promise: what follows its first await would be recorded after all.
 * @example
 * const y = noGrad(() => model.forward(x));
 */
export function noGrad<T>(fn: () => T): T {
  return releasing('noGrad', () => withRecording(false, fn));
}

/** Runs `fn` with recording on or off, as a backward pass does. */
export function withRecording<T>(on: boolean, fn: () => T): T {
  const before = recording;
  recording = on;
  try {
    return refusePromise('noGrad', fn());
  } finally {
    recording = before;
  }
}

/**
 * Runs `fn` and throws at the first operation, forward or backward, that makes a NaN out of numbers: its name is in the
 * error, and inside a recurrence the value's name and the time step too. Slow: every result is read.
 *
 * @example
 * detectAnomaly(() => loss(model.forward(x)).backward());
 */
export function detectAnomaly<T>(fn: () => T): T {
  const before = anomaly;
  anomaly = true;
  try {
    return refusePromise('detectAnomaly', fn());
  } finally {
    anomaly = before;
  }
}

function refusePromise<T>(operation: string, result: T): T {
  if (result instanceof Promise) {
    // Its own failure would come unhandled, after this one.
    result.catch(() => {});
    throw new AutogradError(
      operation,
      'takes a synchronous function; this one returned a promise. Await outside of it.',
    );
  }
  return result;
}
