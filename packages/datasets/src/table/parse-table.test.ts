import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DataError, FileError, OptionError } from '@unroll/backend';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTable, readText } from '../read-file.ts';
import { readTable as readAnywhere } from '../read-table.ts';
import { parseTable, type TableOptions } from './parse-table.ts';

const csv = 'review,stars\n"Good, ""clean"" fun\nfor all",5\nDull,1\n';
const rows = [
  { review: 'Good, "clean" fun\nfor all', stars: '5' },
  { review: 'Dull', stars: '1' },
];
const parse = (text: string, options: TableOptions = {}) =>
  parseTable(text, { format: 'csv', ...options });

describe('parseTable', () => {
  test('reads CSV with quotes, commas and line breaks in its fields', async () => {
    expect(await parse(csv)).toEqual({ columns: ['review', 'stars'], rows });
  });

  test('takes a quote where none belongs as text', async () => {
    expect((await parse('a,b\nthe "best",2\n')).rows).toEqual([{ a: 'the "best"', b: '2' }]);
  });

  test('reads a byte order mark and line breaks of every kind, mixed too', async () => {
    const mixed = '\uFEFFreview,stars\r\n"Good, ""clean"" fun\r\nfor all",5\rDull,1\n\n';
    expect((await parse(mixed)).rows).toEqual(rows);
    const tsv = '\uFEFFa\tb\r\n1\t"2\r3\t4\n';
    expect((await parse(tsv, { format: 'tsv' })).rows).toEqual([
      { a: '1', b: '"2' },
      { a: '3', b: '4' },
    ]);
  });

  test('reads any table back that was written as RFC 4180 says', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', '😀') });
    const table = fc.array(fc.tuple(field, field), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(table, async (fields) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = fields.map((row) => row.map(quoted).join(',')).join('\r\n');
        const read = await parse(text, { header: false });
        expect(read.rows).toEqual(fields.map(([a, b]) => ({ 1: a, 2: b })));
      }),
    );
  });

  test('reads JSON lines, whose columns are those of all rows', async () => {
    const text = '{"text":"Good","stars":5,"tags":["a"]}\n\n{"text":null,"seen":true}\n';
    expect(await parse(text, { format: 'jsonl' })).toEqual({
      columns: ['text', 'stars', 'seen'],
      rows: [
        { text: 'Good', stars: '5', seen: '' },
        { text: '', stars: '', seen: 'true' },
      ],
    });
  });

  test('calls columns by number where no line names them, and keeps those that are asked for', async () => {
    const table = await parse('1\tGood\n0\tDull\n', {
      format: 'tsv',
      header: false,
      columns: ['2'],
    });
    expect(table.rows).toEqual([{ 2: 'Good' }, { 2: 'Dull' }]);
  });

  test('names a column that is missing, and those that exist', async () => {
    const wrong = parse(csv, { columns: ['stars', 'text'], name: 'my.csv' });
    await expect(wrong).rejects.toThrow(DataError);
    await expect(wrong).rejects.toThrow(
      'readTable: my.csv: has no column "text"; there are "review", "stars"',
    );
  });

  test('tells apart the ways in which a table can be broken, with the line', async () => {
    const broken = async (text: string, words: string, options: TableOptions = {}) => {
      const told = parse(text, { name: 'my', ...options });
      await expect(told).rejects.toThrow(FileError);
      await expect(told).rejects.toThrow(words);
    };
    await broken('a,b\n1,"2\n', 'a quote is opened and not closed; is the file cut off?');
    await broken('a,b\n1,2\n1,2,3\n', 'my: line 3: has another number of fields than the first');
    await broken('a\tb\n\n1\n', 'my: line 3: has 1 fields where the first line has 2', {
      format: 'tsv',
    });
    await broken('{"a":1}\n{"a":', 'my: line 2: is no JSON', { format: 'jsonl' });
    await broken('[1]\n', 'my: line 1: must be an object', { format: 'jsonl' });
  });

  test('refuses tables without rows, with a name twice, and formats it does not know', async () => {
    await expect(parse('a,b\n')).rejects.toThrow('has no rows under its first line');
    await expect(parse('a,b,a\n1,2,3\n')).rejects.toThrow('two columns are called "a"');
    await expect(parse('a', { format: 'xls' as never })).rejects.toThrow(OptionError);
    await expect(parseTable('a', { name: 'my.txt' })).rejects.toThrow(
      'my.txt: its name does not say what it is; give format: one of csv, tsv, jsonl',
    );
  });
});

describe('readTable', () => {
  let folder: string;
  const server = createServer((request, response) => {
    if (request.url === '/r.csv.gz') response.end(gzipSync(csv));
    else response.writeHead(404).end();
  });
  let root: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unroll-table-'));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
    root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  test('reads a path, a URL, a File and bytes, packed or not', async () => {
    const path = join(folder, 'r.csv.gz');
    await writeFile(path, gzipSync(csv));
    const tables = await Promise.all([
      readTable(path),
      readTable(pathToFileURL(path)),
      readTable(new URL('/r.csv.gz', root)),
      readAnywhere(new File([csv], 'r.csv')),
      readAnywhere(new File([gzipSync(csv)], 'R.CSV.GZ')),
      readAnywhere(gzipSync(csv), { format: 'csv' }),
    ]);
    for (const table of tables) expect(table.rows).toEqual(rows);
    expect(await readText(path)).toBe(csv);
  });

  test('says that a gzip file is cut off or broken, and what is not UTF-8 in it', async () => {
    const whole = gzipSync(csv.repeat(200));
    for (const end of [5, 20, whole.length - 9, whole.length - 1]) {
      const cut = readAnywhere(whole.subarray(0, end), { format: 'csv' });
      await expect(cut).rejects.toThrow(FileError);
      await expect(cut).rejects.toThrow(
        `bytes: the gzip file is cut off or broken after ${end} bytes`,
      );
    }
    const flipped = whole.slice();
    flipped[40] ^= 255;
    await expect(readAnywhere(flipped, { format: 'csv' })).rejects.toThrow('cut off or broken');
    const latin = gzipSync(Uint8Array.of(0x61, 0xe9, 0x0a));
    await expect(readAnywhere(new File([latin], 'l.csv.gz'))).rejects.toThrow(
      'readTable: l.csv.gz: is not UTF-8: byte 1 (0xe9)',
    );
  });

  test('refuses a folder, a missing file and a server that has none', async () => {
    await expect(readTable(folder)).rejects.toThrow('is a folder; name the file itself');
    await expect(readTable(join(folder, 'no.csv'))).rejects.toThrow('no such file or folder');
    await expect(readTable(new URL('/no.csv', root))).rejects.toThrow('the server answered 404');
  });
});
