import { refused } from './refused.ts';
import type { Outcome } from './training.ts';
import { train } from './training.ts';
import { inWorker } from './worker.ts';

/** What a page found out. */
export interface Findings {
  readonly isolated: boolean;
  /** Whether the policy refuses code out of text. */
  readonly evalRefused: boolean;
  readonly main: Outcome;
  readonly worker: Outcome;
  readonly strayed: Outcome;
}

/** Trains on the page's own thread, in a worker, and in a worker whose threads have a wrong address. */
async function findings(): Promise<Findings> {
  return {
    isolated: crossOriginIsolated,
    evalRefused: refused(() => new Function('return 1')),
    main: await train({ threads: 2 }),
    worker: await inWorker('./training-worker.js'),
    strayed: await inWorker('./training-worker.js?stray'),
  };
}

const report = (body: unknown) => fetch('/report', { method: 'POST', body: JSON.stringify(body) });
findings().then(report, (error) => report({ error: String(error?.stack ?? error) }));
