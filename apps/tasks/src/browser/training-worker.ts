import { train } from './training.ts';

const stray = globalThis.location.search === '?stray';
train({
  threads: 2,
  ...(stray ? { workerUrl: new URL('/missing.js', globalThis.location.href) } : {}),
}).then(
  (outcome) => globalThis.postMessage({ outcome }),
  (error) => globalThis.postMessage({ error: String(error?.stack ?? error) }),
);
