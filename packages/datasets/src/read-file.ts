import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileError } from '@unroll/backend';
import { type NamedBytes, readBytes, type TextSource, unpacked } from './read-bytes.ts';
import { parseTable, type Table, type TableOptions } from './table/parse-table.ts';
import { decodeUtf8, type TextOptions } from './utf8.ts';

/**
 * The text of a file, of a folder that holds exactly one `.txt` file, of a URL (`file:` too), a Blob or bytes, as UTF-8; gzip is
 * unpacked.
 *
 * @param source a path is read from the disk
 * @throws FileError when it cannot be read, the folder has no `.txt` or several, or the bytes are not UTF-8 (with the
 * place of the first broken one) or a broken gzip; DataError when it is empty
 *
 * @example
 * const text = await readText('data/book.txt', { newlines: 'lf' });
 */
export async function readText(
  source: string | TextSource,
  options: TextOptions = {},
): Promise<string> {
  const { bytes, name } = await bytesOf('readText', source);
  return decodeUtf8('readText', bytes, name, options);
}

/**
 * A table of a file, a URL (`file:` too), a Blob or bytes: CSV, TSV or JSON lines, as `parseTable` reads them; gzip is unpacked.
 *
 * @param source a path is read from the disk
 * @throws FileError when it cannot be read, with the line; DataError naming a column that is missing and those that exist
 * @example
 * const { rows } = await readTable('reviews.csv.gz', { columns: ['review', 'stars'] });
 */
export async function readTable(
  source: string | TextSource,
  options: TableOptions = {},
): Promise<Table> {
  const { bytes, name } = await bytesOf('readTable', source);
  return parseTable(decodeUtf8('readTable', bytes, name), { name, ...options });
}

function bytesOf(operation: string, source: string | TextSource): Promise<NamedBytes> {
  if (typeof source === 'string') return fromPath(operation, source);
  if (source instanceof URL && source.protocol === 'file:') {
    return fromPath(operation, fileURLToPath(source));
  }
  return readBytes(operation, source);
}

async function fromPath(operation: string, path: string): Promise<NamedBytes> {
  const file = await orFileError(operation, path, async () =>
    (await stat(path)).isDirectory() ? onlyText(operation, path) : path,
  );
  return unpacked(operation, file, await orFileError(operation, file, () => readFile(file)));
}

async function onlyText(operation: string, folder: string): Promise<string> {
  if (operation !== 'readText') {
    throw new FileError(operation, `${folder}: is a folder; name the file itself`, { folder });
  }
  const entries = await readdir(folder, { withFileTypes: true });
  const texts = entries
    .filter((entry) => !entry.isDirectory() && entry.name.toLowerCase().endsWith('.txt'))
    .map((entry) => entry.name)
    .sort();
  if (texts.length === 1) return join(folder, texts[0]);
  const found = texts.length === 0 ? 'none' : texts.slice(0, 5).join(', ');
  const more = texts.length > 5 ? `, … (${texts.length})` : '';
  const words = `${folder}: a folder must hold exactly one .txt file; found ${found}${more}. Name the file itself.`;
  throw new FileError(operation, words, { folder, texts });
}

const reasons: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOENT', 'no such file or folder'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EACCES', 'no permission to read it'],
  ['EPERM', 'no permission to read it'],
]);

async function orFileError<T>(operation: string, path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const words = `${path}: ${reasons.get(code) ?? message}`;
    throw new FileError(operation, words, { path, code }, cause);
  }
}
