import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, FileError, OptionError } from '@unroll/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readData } from './read-data.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-reviews-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: string, text?: string, label?: string) {
  const path = join(folder, name);
  await writeFile(path, content);
  return readData(path, { text, label });
}

test('columns are those that were named, or text and label', async () => {
  const rows = [{ text: 'Good', label: '5' }];
  expect((await read('a.csv', 'id,review,stars\n1,Good,5\n', 'review', 'stars')).reviews).toEqual(
    rows,
  );
  expect((await read('b.jsonl', '{"label":5,"text":"Good","id":1}\n')).reviews).toEqual(rows);
  expect((await read('c.tsv', '5\t1\tGood\n', '3', '1')).reviews).toEqual(rows);
});

test('two columns without names are told apart by the class, which comes again', async () => {
  const expected = ['1 Good', '0 Dull', '1 Fun'];
  const shown = (all: { reviews: readonly { text: string; label: string }[] }) =>
    all.reviews.map(({ label, text }) => `${label} ${text}`);
  expect(shown(await read('d.tsv', '1\tGood\n0\tDull\n1\tFun\n'))).toEqual(expected);
  expect(shown(await read('e.csv', 'Good,1\nDull,0\nFun,1\n'))).toEqual(expected);
});

test('what cannot be known is asked for, with the columns that there are', async () => {
  await expect(read('f.csv', 'review,stars\nGood,5\nBad,1\nFun,5\n')).rejects.toThrow(
    'which columns hold text and class? Say --text NAME --label NAME; the first line has "review", "stars"',
  );
  await expect(read('g.csv', 'a,b,c\n1,2,3\n')).rejects.toThrow(DataError);
  await expect(read('h.csv', 'review,stars\nGood,5\n', 'review', 'mood')).rejects.toThrow(
    'has no column "mood"; there are "review", "stars"',
  );
  await expect(read('i.csv', 'review,stars\nGood,5\n', 'review')).rejects.toThrow(OptionError);
  await expect(read('j.csv', 'text,label\nGood,\n')).rejects.toThrow('row 1 has an empty label');
});

test('a folder needs one table for train and one for test', async () => {
  await expect(readData(folder, { text: undefined, label: undefined })).rejects.toThrow(
    'for train there is none among a.csv',
  );
  await expect(readData(join(folder, 'no'), { text: undefined, label: undefined })).rejects.toThrow(
    FileError,
  );
});
