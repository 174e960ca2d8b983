import { FileError, OptionError } from '@unroll/backend';
import { decodeUtf8, type TextOptions } from './utf8.ts';

/** Where a text can come from everywhere; a path is read by `readText` of `@unroll/datasets/node`. */
export type TextSource = URL | Blob | Uint8Array;

/**
 * The text of a URL (fetched), a Blob or File (an upload), or bytes, as UTF-8.
 *
 * @throws FileError when it cannot be fetched or is not UTF-8 (with the place of the first broken byte); DataError when it
 * is empty
 *
 * @example
 * const text = await readText(new Blob(['to be or not to be']));
 */
export async function readText(source: TextSource, options: TextOptions = {}): Promise<string> {
  if (source instanceof URL) return decodeUtf8(await fetchBytes(source), source.href, options);
  if (source instanceof Uint8Array) return decodeUtf8(source, 'bytes', options);
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : 'blob';
    return decodeUtf8(new Uint8Array(await source.arrayBuffer()), name, options);
  }
  throw new OptionError(
    'readText',
    `needs a URL, a Blob or bytes; got ${typeof source}. For a path use readText of @unroll/datasets/node`,
  );
}

async function fetchBytes(url: URL): Promise<Uint8Array> {
  const details = { url: url.href };
  const response = await fetch(url).catch((cause: unknown) => {
    throw new FileError('readText', `${url.href}: cannot be reached`, details, cause);
  });
  if (!response.ok) {
    const words = `${url.href}: the server answered ${response.status} ${response.statusText}`;
    throw new FileError('readText', words.trimEnd(), { ...details, status: response.status });
  }
  return new Uint8Array(await response.arrayBuffer());
}
