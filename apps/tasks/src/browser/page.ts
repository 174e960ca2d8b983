import { refused } from './refused.ts';
import type { Outcome } from './training.ts';
import { train } from './training.ts';

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

function inWorker(url: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<{ outcome?: Outcome; error?: string }>) =>
      data.outcome ? resolve(data.outcome) : reject(new Error(data.error));
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

const report = (body: unknown) => fetch('/report', { method: 'POST', body: JSON.stringify(body) });
findings().then(report, (error) => report({ error: String(error?.stack ?? error) }));
