import envPaths from 'env-paths';

/** Where downloads are kept, as the system wants it: `~/.cache/unroll` on Linux; `UNROLL_CACHE` names another. */
export function cacheFolder(): string {
  return process.env.UNROLL_CACHE ?? envPaths('unroll', { suffix: '' }).cache;
}
