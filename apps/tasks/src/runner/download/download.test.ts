import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@unroll/backend';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { download } from './download.ts';

const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i) % 251));
const sha256 = createHash('sha256').update(content).digest('hex');

/** What the server does next; it remembers which ranges it was asked for. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let ranges: (string | undefined)[];
const server = createServer((request, response) => {
  ranges.push(request.headers.range);
  answer(request, response);
});

/** A server that knows ranges. */
function whole({ headers }: IncomingMessage, response: ServerResponse): void {
  const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
  if (from >= content.length) {
    response.writeHead(416).end();
    return;
  }
  response.writeHead(headers.range === undefined ? 200 : 206, {
    'content-length': content.length - from,
  });
  response.end(content.subarray(from));
}

/** A server that hangs up after so many bytes. */
function breaking(bytes: number): typeof answer {
  return ({ headers }, response) => {
    const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
    response.write(content.subarray(from, from + bytes), () => {
      setTimeout(() => response.destroy(), 20);
    });
  };
}

let folder: string;
let to: string;
let url: string;
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`;
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-download-'));
  to = join(folder, 'cache', 'file.bin');
  ranges = [];
  answer = whole;
});
afterEach(() => rm(folder, { recursive: true }));

const files = () => readdir(join(folder, 'cache'));

describe('download', () => {
  test('fetches a file whole, says how far it is, and leaves nothing beside it', async () => {
    const told: [number, number | undefined][] = [];
    await download({ url, to, sha256, progress: (...args) => told.push(args) });
    expect((await readFile(to)).equals(content)).toBe(true);
    expect(await files()).toEqual(['file.bin']);
    expect(told[0]).toEqual([0, content.length]);
    expect(told.at(-1)).toEqual([content.length, content.length]);
  });

  test('does not fetch what is there, and looks whether it is right', async () => {
    await download({ url, to, sha256 });
    await download({ url, to, sha256 });
    expect(ranges).toEqual([undefined]);
    await writeFile(to, 'spoilt');
    await expect(download({ url, to, sha256 })).rejects.toThrow('file.bin.bad');
  });

  test('goes on where it was broken off, as often as it takes', async () => {
    answer = breaking(20_000);
    const first = download({ url, to, sha256 });
    await expect(first).rejects.toThrow(FileError);
    await expect(first).rejects.toThrow(/broken off.*the same command goes on from here/);
    const there = (await readFile(`${to}.part`)).length;
    expect(there).toBeGreaterThan(0);
    await expect(download({ url, to, sha256 })).rejects.toThrow('broken off');
    answer = whole;
    await download({ url, to, sha256 });
    expect(ranges[1]).toBe(`bytes=${there}-`);
    expect(ranges[2]).toMatch(/^bytes=[1-9]\d*-$/);
    expect((await readFile(to)).equals(content)).toBe(true);
    expect(await files()).toEqual(['file.bin']);
  });

  test('starts anew with a server that knows no ranges', async () => {
    answer = breaking(20_000);
    await expect(download({ url, to, sha256 })).rejects.toThrow('broken off');
    answer = (_, response) => response.end(content);
    await download({ url, to, sha256 });
    expect((await readFile(to)).equals(content)).toBe(true);
  });

  test('ends an attempt that was stopped after its last byte', async () => {
    await download({ url, to, sha256 });
    await rm(to);
    await writeFile(`${to}.part`, content);
    await download({ url, to, sha256 });
    expect(ranges[1]).toBe(`bytes=${content.length}-`);
    expect((await readFile(to)).equals(content)).toBe(true);
  });

  test('keeps another file than it should be as .bad, names both, and starts anew next time', async () => {
    answer = (_, response) => response.end('another file');
    const wrong = download({ url, to, sha256 });
    await expect(wrong).rejects.toThrow(FileError);
    await expect(wrong).rejects.toThrow(`should be ${sha256}; the file is kept as ${to}.bad`);
    expect(await files()).toEqual(['file.bin.bad']);
    answer = whole;
    await download({ url, to, sha256 });
    expect(await files()).toEqual(['file.bin', 'file.bin.bad']);
  });

  test('stops at a signal and keeps what is there', async () => {
    const stop = new AbortController();
    answer = breaking(30_000);
    const progress = (bytes: number) => bytes > 0 && stop.abort(new Error('Ctrl-C'));
    await expect(download({ url, to, sha256, signal: stop.signal, progress })).rejects.toThrow(
      'Ctrl-C',
    );
    answer = whole;
    await download({ url, to, sha256 });
    expect((await readFile(to)).equals(content)).toBe(true);
  });

  test('says what a server answers, and when none does', async () => {
    answer = (_, response) => response.writeHead(403).end();
    await expect(download({ url, to, sha256 })).rejects.toThrow('the server answered 403');
    const nobody = { url: 'http://127.0.0.1:1/x', to, sha256 };
    await expect(download(nobody)).rejects.toThrow(/broken off.*nothing is there yet/);
  });
});
