import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataError, FileError } from '@unroll/backend';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readText } from './read-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-text-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('readText of a path', () => {
  test('reads a file by path and by URL, and what the browser reads', async () => {
    const path = join(folder, 'a.md');
    await writeFile(path, '\uFEFFgrün\r\n');
    expect(await readText(path)).toBe('grün\n');
    expect(await readText(pathToFileURL(path), { newlines: 'keep' })).toBe('grün\r\n');
    expect(await readText(new Blob(['a']))).toBe('a');
  });

  test('reads a folder that holds exactly one .txt', async () => {
    await writeFile(join(folder, 'book.TXT'), 'text');
    await writeFile(join(folder, 'SOURCE.md'), 'notes');
    await mkdir(join(folder, 'folder.txt'));
    expect(await readText(folder)).toBe('text');
    await writeFile(join(folder, 'another.txt'), 'text');
    await expect(readText(folder)).rejects.toThrow(FileError);
    await expect(readText(folder)).rejects.toThrow(
      `${folder}: a folder must hold exactly one .txt file; found another.txt, book.TXT.`,
    );
  });

  test('names the path that is missing, empty, broken or without text', async () => {
    const path = join(folder, 'a.txt');
    await expect(readText(folder)).rejects.toThrow('exactly one .txt file; found none');
    await expect(readText(path)).rejects.toThrow(FileError);
    await expect(readText(path)).rejects.toThrow(`readText: ${path}: no such file or folder`);
    await writeFile(path, '');
    await expect(readText(path)).rejects.toThrow(DataError);
    await writeFile(path, Uint8Array.of(0x61, 0x80));
    await expect(readText(folder)).rejects.toThrow(`${path}: is not UTF-8: byte 1 (0x80)`);
  });
});
