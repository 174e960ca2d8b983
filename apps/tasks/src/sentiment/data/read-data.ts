import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FileError } from '@unroll/backend';
import { type ColumnNames, readReviews } from './columns.ts';
import type { Reviews } from './reviews.ts';

const table = /\.(csv|tsv|jsonl|ndjson)(\.gz)?$/i;

/**
 * Anyone's reviews: a table, or a folder with one whose name says `train` and one whose name says `test`.
 *
 * @throws FileError when there is no such file or pair of files
 */
export async function readData(path: string, columns: ColumnNames): Promise<Reviews> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw new FileError('--data', `${path}: no such file or folder`, { path }, cause);
  });
  const name = basename(path);
  if (!stats.isDirectory()) return { name, reviews: await readReviews(path, columns) };
  const files = (await readdir(path)).filter((file) => table.test(file)).sort();
  const [train, test] = ['train', 'test'].map((part) => only(path, files, part));
  return {
    name,
    reviews: await readReviews(train, columns),
    test: await readReviews(test, columns),
  };
}

function only(folder: string, files: readonly string[], part: string): string {
  const found = files.filter((file) => file.toLowerCase().includes(part));
  if (found.length === 1) return join(folder, found[0]);
  const there = (found.length > 1 ? found : files).slice(0, 6).join(', ') || 'none';
  throw new FileError(
    '--data',
    `${folder}: a folder must hold one table for train and one for test (.csv, .tsv or .jsonl, maybe .gz); ${found.length > 1 ? `for ${part} there are` : `for ${part} there is none among`} ${there}`,
    { folder, part },
  );
}
