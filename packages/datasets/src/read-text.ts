import { readBytes, type TextSource } from './read-bytes.ts';
import { decodeUtf8, type TextOptions } from './utf8.ts';

/**
 * The text of a URL (fetched), a Blob or File (an upload), or bytes, as UTF-8; gzip is unpacked.
 *
 * @throws FileError when it cannot be fetched or unpacked or is not UTF-8 (with the place of the first broken byte);
 * DataError when it is empty
 *
 * @example
 * const text = await readText(new Blob(['to be or not to be']));
 */
export async function readText(source: TextSource, options: TextOptions = {}): Promise<string> {
  const { bytes, name } = await readBytes('readText', source);
  return decodeUtf8('readText', bytes, name, options);
}
