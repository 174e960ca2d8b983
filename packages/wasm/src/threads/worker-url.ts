/** Where the worker's code lies: beside this file when it runs from source, else as the build has put it. */
export function workerUrl(): URL {
  const here = import.meta.url;
  // Bundlers look for what is written as new URL('…', import.meta.url): that file exists in the build only.
  if (here.endsWith('/worker-url.ts')) return new URL(here.replace('worker-url.ts', 'worker.ts'));
  return new URL('./threads/worker.js', import.meta.url);
}
