import { train } from './training.ts';
import { tell } from './worker.ts';

const stray = globalThis.location.search === '?stray';
tell(
  train({
    threads: 2,
    ...(stray ? { workerUrl: new URL('/missing.js', globalThis.location.href) } : {}),
  }),
);
