/** What went wrong while setting up, and the sentence that tells a person what to do about it. */
const causes = [
  {
    pattern: /ENOSPC|no space left/i,
    sentence: 'The disk is full: about 1.5 GB are needed. Make room and run the command again.',
  },
  {
    pattern: /\b(EACCES|EPERM|EROFS)\b|permission denied|read-only file system/i,
    sentence:
      'A file could not be written. Make sure that you own this folder and your npm cache (npm config get cache), then run the command again.',
  },
  {
    pattern:
      /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EIDLETIMEOUT|ERR_SOCKET_TIMEOUT)\b|NETWORK_ERROR|META_FETCH_FAIL|error sending request|socket hang up|dns error/i,
    sentence:
      'The npm registry cannot be reached. Connect to the network (behind a proxy, set HTTPS_PROXY) and run the command again.',
  },
  {
    pattern: /OUTDATED_LOCKFILE|frozen-lockfile/,
    sentence:
      'pnpm-lock.yaml does not belong to the package.json files. Run `pnpm install` and commit the lockfile.',
  },
];

/**
 * @param {string} output what the failed tool wrote
 * @param {string} log where all of it can be read
 */
export function explain(output, log) {
  const known = causes.find(({ pattern }) => pattern.test(output));
  return (
    known?.sentence ?? `Setting up failed for a reason we do not know; it is written in ${log}.`
  );
}
