import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DataError, FileError, OptionError } from '@unroll/backend';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readText } from './read-text.ts';

let server: Server;
let root: URL;
beforeAll(async () => {
  server = createServer((request, response) => {
    const found = request.url === '/book.txt';
    response.writeHead(found ? 200 : 404).end(found ? 'grün\r\n' : 'no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  root = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
afterAll(() => {
  server.close();
});

describe('readText', () => {
  test('reads a URL, a Blob, a File and bytes', async () => {
    expect(await readText(new URL('book.txt', root))).toBe('grün\n');
    expect(await readText(new Blob(['grün\r\n']), { newlines: 'keep' })).toBe('grün\r\n');
    expect(await readText(new File(['grün'], 'a.txt'))).toBe('grün');
    expect(await readText(new TextEncoder().encode('grün'))).toBe('grün');
  });

  test('names the URL that is not there or not reachable', async () => {
    const missing = new URL('missing.txt', root);
    await expect(readText(missing)).rejects.toThrow(FileError);
    await expect(readText(missing)).rejects.toThrow(`${missing.href}: the server answered 404`);
    const nobody = new URL('http://127.0.0.1:1/book.txt');
    await expect(readText(nobody)).rejects.toThrow(FileError);
    await expect(readText(nobody)).rejects.toThrow(`${nobody.href}: cannot be reached`);
  });

  test('names the upload that is empty or not UTF-8', async () => {
    await expect(readText(new File([], 'a.txt'))).rejects.toThrow(DataError);
    await expect(readText(new File([Uint8Array.of(0xff)], 'a.txt'))).rejects.toThrow(
      'a.txt: is not',
    );
  });

  test('says where a path is read', async () => {
    await expect(readText('book.txt' as never)).rejects.toThrow(OptionError);
    await expect(readText('book.txt' as never)).rejects.toThrow('@unroll/datasets/node');
  });
});
