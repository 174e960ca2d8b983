import { DataError, FileError } from '@unroll/backend';

/** What to do with line ends: `'lf'` makes every `\r\n` and `\r` a `\n`, `'keep'` leaves the text as it is. */
export type Newlines = 'keep' | 'lf';

export interface TextOptions {
  /** Default `'lf'`: the same text gives the same characters whichever system wrote it. */
  newlines?: Newlines;
}

/**
 * The text of UTF-8 bytes, without a byte order mark. Broken UTF-8 is an error with its place, never a U+FFFD that a model
 * would learn.
 *
 * @param operation @param name who reads what, for messages
 * @throws FileError for bytes that are not UTF-8 or longer than a string can be; DataError when there is no text
 */
export function decodeUtf8(
  operation: string,
  bytes: Uint8Array,
  name: string,
  { newlines = 'lf' }: TextOptions = {},
): string {
  const text = decode(operation, bytes, name);
  if (text.length === 0) {
    const words = `${name}: is empty; give it a file that holds text`;
    throw new DataError(operation, words, { name });
  }
  return newlines === 'lf' ? text.replace(/\r\n?/g, '\n') : text;
}

function decode(operation: string, bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const offset = invalidUtf8(bytes);
    const details = { name, offset };
    if (offset < 0) {
      const words = `${name}: ${bytes.length} bytes are more than one string can hold; split the file`;
      throw new FileError(operation, words, details, cause);
    }
    const byte = `0x${bytes[offset].toString(16).padStart(2, '0')}`;
    const words = `${name}: is not UTF-8: byte ${offset} (${byte}) fits no character; ${wayOut(bytes)}`;
    throw new FileError(operation, words, details, cause);
  }
}

function wayOut(bytes: Uint8Array): string {
  const mark = bytes[0] * 256 + bytes[1];
  const isUtf16 = mark === 0xfffe || mark === 0xfeff;
  return isUtf16 ? 'it begins like UTF-16: save it as UTF-8' : 'save it as UTF-8';
}

/** Continuation bytes after each leading byte, and the bounds of the first of them (Unicode 16, table 3-7). */
function sequence(lead: number): readonly [length: number, low: number, high: number] | undefined {
  if (lead < 0x80) return [0, 0, 0];
  if (lead < 0xc2) return undefined;
  if (lead < 0xe0) return [1, 0x80, 0xbf];
  if (lead < 0xf0) return [2, lead === 0xe0 ? 0xa0 : 0x80, lead === 0xed ? 0x9f : 0xbf];
  if (lead < 0xf5) return [3, lead === 0xf0 ? 0x90 : 0x80, lead === 0xf4 ? 0x8f : 0xbf];
  return undefined;
}

/** Where the first byte that starts no well-formed character lies; −1 when there is none. */
export function invalidUtf8(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; ) {
    const expected = sequence(bytes[i]);
    if (!expected) return i;
    const [length, low, high] = expected;
    for (let k = 1; k <= length; k++) {
      const byte = bytes[i + k] ?? 0;
      if (byte < (k === 1 ? low : 0x80) || byte > (k === 1 ? high : 0xbf)) return i;
    }
    i += 1 + length;
  }
  return -1;
}
