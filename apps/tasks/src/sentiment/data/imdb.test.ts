import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FileError } from '@unroll/backend';
import { packTar } from 'modern-tar';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { fetchImdb } from './imdb.ts';
import { readData } from './read-data.ts';

let archive: Uint8Array;
let fetched = 0;
const server = createServer((_, response) => {
  fetched++;
  response.end(archive);
});
let url: string;
let cache: string;
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/aclImdb_v1.tar.gz`;
});
afterAll(() => server.close());
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'unroll-imdb-'));
  vi.stubEnv('UNROLL_CACHE', cache);
  fetched = 0;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

type Entries = Parameters<typeof packTar>[0];
const text = (name: string, body: string) => ({
  header: { name, size: Buffer.byteLength(body) },
  body,
});
const honest: Entries = [
  { header: { name: 'aclImdb/', size: 0, type: 'directory' } },
  text('aclImdb/README', 'about'),
  ...['train', 'test'].flatMap((part) => [
    text(`aclImdb/${part}/neg/0_2.txt`, `bad,\t"${part}"<br /><br />naïve`),
    text(`aclImdb/${part}/neg/1_1.txt`, 'dull\nand long'),
    text(`aclImdb/${part}/pos/0_9.txt`, 'good'),
    text(`aclImdb/${part}/pos/1_10.txt`, 'fun 😀'),
    text(`aclImdb/${part}/unsup/0_0.txt`, 'nobody knows'),
    text(`aclImdb/${part}/labeledBow.feat`, '9 0:1'),
  ]),
];

async function fetchFrom(entries: Entries, count = 2) {
  archive = gzipSync(await packTar(entries));
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const lines: string[] = [];
  const { signal } = new AbortController();
  const context = { terminal: false, say: (line: string) => lines.push(line), signal };
  return { folder: await fetchImdb(context, { url, sha256, count }), lines };
}

test('the archive becomes two tables in the cache, and is fetched once', async () => {
  const { folder, lines } = await fetchFrom(honest);
  expect(folder).toBe(join(cache, 'imdb'));
  expect((await readdir(folder)).sort()).toEqual(['test.jsonl.gz', 'train.jsonl.gz']);
  expect(lines.join('\n')).toContain(`fetching ${url}`);
  const { reviews, test: judged } = await readData(folder, { text: undefined, label: undefined });
  expect(reviews).toEqual([
    { label: 'negative', text: 'bad,\t"train"  naïve' },
    { label: 'negative', text: 'dull\nand long' },
    { label: 'positive', text: 'good' },
    { label: 'positive', text: 'fun 😀' },
  ]);
  expect(judged).toHaveLength(4);
  await fetchFrom(honest);
  expect(fetched).toBe(1);
});

test.each([
  ['../evil.txt', 'its name leads out of the folder'],
  ['aclImdb/../../evil.txt', 'its name leads out of the folder'],
  ['/etc/evil.txt', 'its name leads out of the folder'],
  ['..\\evil.txt', 'its name leads out of the folder'],
  ['C:/evil.txt', 'its name leads out of the folder'],
])('an entry called %s is refused, and nothing is unpacked', async (name, why) => {
  const told = fetchFrom([...honest, text(name, 'boo')]);
  await expect(told).rejects.toThrow(FileError);
  await expect(told).rejects.toThrow(`${JSON.stringify(name)} is refused: ${why}`);
  expect(await readdir(cache)).toEqual(['imdb']);
  expect(await readdir(join(cache, 'imdb'))).toEqual(['aclImdb_v1.tar.gz']);
});

test('an entry that is a link is refused', async () => {
  const link = { name: 'aclImdb/train/pos/3_9.txt', size: 0, linkname: '/etc/passwd' };
  const told = fetchFrom([{ header: { ...link, type: 'symlink' } }, ...honest]);
  await expect(told).rejects.toThrow('is refused: it is a link');
});

test('an archive that is cut off, or holds less than it should, is told', async () => {
  await expect(fetchFrom(honest, 3)).rejects.toThrow(
    'holds 2 negative reviews for train; there should be 3',
  );
  await rm(join(cache, 'imdb'), { recursive: true });
  const whole = gzipSync(await packTar(honest));
  archive = whole.subarray(0, whole.length - 40);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const context = { terminal: false, say: () => undefined, signal: new AbortController().signal };
  await expect(fetchImdb(context, { url, sha256, count: 2 })).rejects.toThrow(
    'the archive is cut off or broken',
  );
});
