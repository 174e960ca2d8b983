import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@unroll/backend';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchIsland } from './island.ts';

const book = 'THE MYSTERIOUS ISLAND, in short';
let fetched = 0;
const server = createServer((_, response) => {
  fetched++;
  response.end(book);
});
let url: string;
let cache: string;
beforeEach(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/1268-0.txt`;
  cache = await mkdtemp(join(tmpdir(), 'unroll-island-'));
  vi.stubEnv('UNROLL_CACHE', cache);
  fetched = 0;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.close();
  await rm(cache, { recursive: true });
});

const context = { terminal: false, say: () => undefined, signal: new AbortController().signal };
const sha256 = createHash('sha256').update(book).digest('hex');

test('the book is fetched once into the cache', async () => {
  const path = await fetchIsland(context, { url, sha256 });
  expect(await readFile(path, 'utf8')).toBe(book);
  expect(await fetchIsland(context, { url, sha256 })).toBe(path);
  expect(fetched).toBe(1);
});

test('another book is kept aside and told', async () => {
  await expect(fetchIsland(context, { url, sha256: '0'.repeat(64) })).rejects.toThrow(FileError);
  expect(await readdir(cache)).toEqual(['the-mysterious-island.txt.bad']);
});
