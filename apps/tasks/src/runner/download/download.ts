import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileError } from '@unroll/backend';

export interface DownloadOptions {
  readonly url: string;
  /** The file that it becomes; beside it lies `<to>.part` until it is complete. */
  readonly to: string;
  /** SHA-256 of the whole file, in hexadecimal. */
  readonly sha256: string;
  readonly signal?: AbortSignal;
  /** Called with the bytes that are there, and the whole where the server tells it. */
  progress?(bytes: number, whole: number | undefined): void;
}

/**
 * Fetches a file, goes on where an earlier attempt was broken off, and looks whether it is the right one. A file that is
 * there already is only looked at.
 *
 * @throws FileError when the server cannot be reached or stops (what is there stays, for the next attempt), or the file is
 * another one: then it is kept as `<to>.bad`
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { to, url } = options;
  if ((await sizeOf(to)) === undefined) {
    await mkdir(dirname(to), { recursive: true });
    await fetchRest(options);
    await rename(`${to}.part`, to);
  }
  const sha256 = await hashOf(to);
  if (sha256 === options.sha256) return;
  const bad = `${to}.bad`;
  await rename(to, bad);
  throw new FileError(
    'download',
    `${url}: its SHA-256 is ${sha256} and should be ${options.sha256}; the file is kept as ${bad}. Try again: when it stays so, the source has changed`,
    { url, bad, sha256, expected: options.sha256 },
  );
}

async function fetchRest({ url, to, signal, progress }: DownloadOptions): Promise<void> {
  const part = `${to}.part`;
  const there = (await sizeOf(part)) ?? 0;
  const response = await fetch(url, {
    headers: there > 0 ? { range: `bytes=${there}-` } : {},
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => broken(url, there, cause, signal));
  if (response.status === 416) {
    // Nothing is left, or the file there is longer than the source: the checksum knows.
    await response.body?.cancel();
    return;
  }
  if (!response.ok || response.body === null) {
    const words = `${url}: the server answered ${response.status} ${response.statusText}`;
    throw new FileError('download', words.trimEnd(), { url, status: response.status });
  }
  const start = response.status === 206 ? there : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const whole = Number.isFinite(length) ? start + length : undefined;
  let bytes = start;
  progress?.(bytes, whole);
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      progress?.(bytes, whole);
      yield chunk;
    }
  };
  try {
    // TypeScript keeps the web's streams and Node's apart, which are one.
    const body = Readable.fromWeb(response.body as never);
    const file = createWriteStream(part, { flags: start > 0 ? 'a' : 'w' });
    await pipeline(body, counted, file, ...(signal ? [{ signal }] : []));
  } catch (cause) {
    broken(url, bytes, cause, signal);
  }
  if (whole !== undefined && bytes < whole) broken(url, bytes, undefined, signal);
}

function broken(url: string, bytes: number, cause: unknown, signal?: AbortSignal): never {
  signal?.throwIfAborted();
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  const there = bytes === 0 ? 'nothing is there yet' : `${bytes} bytes are there`;
  throw new FileError(
    'download',
    `${url}: broken off${reason}; ${there}, and the same command goes on from here`,
    { url, bytes },
    cause,
  );
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
