import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, FileError } from '@unroll/backend';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { machine } from './machine.ts';
import { checkFolderOf, writeResult } from './result-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a result has its four parts in their order', async () => {
  const file = join(folder, 'a.json');
  const environment = machine();
  const parts = { config: { cell: 'lstm' }, environment, metrics: { loss: 1.5 } };
  await writeResult(file, { ...parts, name: 'charlm' });
  const text = await readFile(file, 'utf8');
  expect(JSON.parse(text)).toEqual({ name: 'charlm', ...parts });
  expect(Object.keys(JSON.parse(text))).toEqual(['name', 'metrics', 'config', 'environment']);
  expect(environment).toMatchObject({ node: process.version, cores: expect.any(Number) });
});

test('a metric that is no finite number is refused, and nothing is written', async () => {
  const result = { name: 'a', config: {}, environment: {}, metrics: { loss: Number.NaN } };
  const writing = writeResult(join(folder, 'a.json'), result);
  await expect(writing).rejects.toThrow(DataError);
  await expect(writing).rejects.toThrow('the metric loss is NaN');
  expect(await readdir(folder)).toEqual([]);
});

test('a path whose folder is missing is refused before anything runs', async () => {
  await checkFolderOf('--json', join(folder, 'a.json'));
  const checking = checkFolderOf('--json', join(folder, 'no', 'a.json'));
  await expect(checking).rejects.toThrow(FileError);
  await expect(checking).rejects.toThrow(/^--json: .*make it first$/);
});
