import { FileError } from '@unroll/backend';

/** Whether bytes begin as gzip does (RFC 1952), which no UTF-8 text can. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * What a gzip file holds, whole.
 *
 * @param operation @param name who reads what, for messages
 * @throws FileError when it is cut off or broken
 */
export async function gunzip(
  operation: string,
  name: string,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  // What a Blob is made of may not be shared memory; a view of it would be copied anyway.
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const unpacked = packed.stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  } catch (cause) {
    const words = `${name}: the gzip file is cut off or broken after ${bytes.length} bytes; fetch or copy it again`;
    throw new FileError(operation, words, { name, bytes: bytes.length }, cause);
  }
}
