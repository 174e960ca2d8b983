import { FileError, OptionError } from '@unroll/backend';
import { gunzip, isGzip } from './gunzip.ts';

/** Where data can come from everywhere; a path is read by `@unroll/datasets/node`. */
export type TextSource = URL | Blob | Uint8Array;

/** The bytes of a source, unpacked, and how messages call it. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of a URL (fetched), a Blob or File (an upload), or bytes; gzip is unpacked.
 *
 * @param operation who reads, for messages
 * @throws FileError when it cannot be fetched or unpacked
 */
export async function readBytes(operation: string, source: TextSource): Promise<NamedBytes> {
  if (source instanceof URL) {
    return unpacked(operation, source.href, await fetchBytes(operation, source));
  }
  if (source instanceof Uint8Array) return unpacked(operation, 'bytes', source);
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : 'blob';
    return unpacked(operation, name, new Uint8Array(await source.arrayBuffer()));
  }
  throw new OptionError(
    operation,
    `needs a URL, a Blob or bytes; got ${typeof source}. For a path use ${operation} of @unroll/datasets/node`,
  );
}

/** Bytes that may be gzip, unpacked. */
export async function unpacked(
  operation: string,
  name: string,
  bytes: Uint8Array,
): Promise<NamedBytes> {
  return { name, bytes: isGzip(bytes) ? await gunzip(operation, name, bytes) : bytes };
}

async function fetchBytes(operation: string, url: URL): Promise<Uint8Array> {
  const details = { url: url.href };
  const response = await fetch(url).catch((cause: unknown) => {
    throw new FileError(operation, `${url.href}: cannot be reached`, details, cause);
  });
  if (!response.ok) {
    const words = `${url.href}: the server answered ${response.status} ${response.statusText}`;
    throw new FileError(operation, words.trimEnd(), { ...details, status: response.status });
  }
  return new Uint8Array(await response.arrayBuffer());
}
