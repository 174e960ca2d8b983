import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileError } from '@unroll/backend';
import { readText as readAnywhere, type TextSource } from './read-text.ts';
import { decodeUtf8, type TextOptions } from './utf8.ts';

/**
 * The text of a file, of a folder that holds exactly one `.txt` file, of a URL (`file:` too), a Blob or bytes, as UTF-8.
 *
 * @param source a path is read from the disk
 * @throws FileError when it cannot be read, the folder has no `.txt` or several, or the bytes are not UTF-8 (with the
 * place of the first broken one); DataError when it is empty
 *
 * @example
 * const text = await readText('data/book.txt', { newlines: 'lf' });
 */
export async function readText(
  source: string | TextSource,
  options: TextOptions = {},
): Promise<string> {
  if (typeof source === 'string') return readPath(source, options);
  if (source instanceof URL && source.protocol === 'file:') {
    return readPath(fileURLToPath(source), options);
  }
  return readAnywhere(source, options);
}

async function readPath(path: string, options: TextOptions): Promise<string> {
  const file = await orFileError(path, async () =>
    (await stat(path)).isDirectory() ? onlyText(path) : path,
  );
  return decodeUtf8(await orFileError(file, () => readFile(file)), file, options);
}

async function onlyText(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const texts = entries
    .filter((entry) => !entry.isDirectory() && entry.name.toLowerCase().endsWith('.txt'))
    .map((entry) => entry.name)
    .sort();
  if (texts.length === 1) return join(folder, texts[0]);
  const found = texts.length === 0 ? 'none' : texts.slice(0, 5).join(', ');
  const more = texts.length > 5 ? `, … (${texts.length})` : '';
  const words = `${folder}: a folder must hold exactly one .txt file; found ${found}${more}. Name the file itself.`;
  throw new FileError('readText', words, { folder, texts });
}

const reasons: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOENT', 'no such file or folder'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EACCES', 'no permission to read it'],
  ['EPERM', 'no permission to read it'],
]);

async function orFileError<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const words = `${path}: ${reasons.get(code) ?? message}`;
    throw new FileError('readText', words, { path, code }, cause);
  }
}
