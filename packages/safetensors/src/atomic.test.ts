import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileError } from '@unroll/backend';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renameAtomic, replaceFile, writeFileAtomic } from './atomic.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeFileAtomic', () => {
  test('writes bytes and text, new and over an old file, and leaves nothing beside it', async () => {
    const path = join(folder, 'a.bin');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    await writeFileAtomic(pathToFileURL(path), 'grün');
    expect(await readFile(path, 'utf8')).toBe('grün');
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  test('replaces the file that a link points to', async () => {
    await writeFile(join(folder, 'real'), 'old');
    await symlink(join(folder, 'real'), join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
  });

  test('gives a reader the old content or the new one, never a part', async () => {
    const path = join(folder, 'state');
    const contents = ['a', 'b'].map((letter) => letter.repeat(300_000));
    await writeFileAtomic(path, contents[0]);
    let writing = true;
    const writer = (async () => {
      for (let i = 1; i <= 20; i++) await writeFileAtomic(path, contents[i % 2]);
      writing = false;
    })();
    while (writing) expect(contents).toContain(await readFile(path, 'utf8'));
    await writer;
  });

  test('says that the disk is full, keeps the old file and removes the temporary one', async () => {
    const path = join(folder, 'weights');
    await writeFile(path, 'old');
    const write = replaceFile(path, 'new', openFullDisk);
    await expect(write).rejects.toThrow(FileError);
    await expect(write).rejects.toThrow(`${path}: the disk is full`);
    await expect(write).rejects.toMatchObject({ details: { path, code: 'ENOSPC' } });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['weights']);
  });

  test('keeps the old file when the disk fails at the last moment', async () => {
    const path = join(folder, 'weights');
    await writeFile(path, 'old');
    const write = replaceFile(path, 'new', async (temporary) => {
      const handle = await open(temporary, 'wx');
      return {
        writeFile: (content) => handle.writeFile(content),
        sync: () => Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })),
        close: () => handle.close(),
      };
    });
    await expect(write).rejects.toThrow(`${path}: EIO: i/o error`);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['weights']);
  });

  test('names the path when its folder does not exist or it is a folder itself', async () => {
    const missing = join(folder, 'nowhere', 'a');
    await expect(writeFileAtomic(missing, '')).rejects.toThrow(
      `${missing}: no such file or folder`,
    );
    const taken = join(folder, 'taken');
    await mkdir(taken);
    await expect(writeFileAtomic(taken, '')).rejects.toThrow(FileError);
    expect(await readdir(folder)).toEqual(['taken']);
  });

  test('does not put a file in the place of a socket, a pipe or a device', async () => {
    // Windows keeps them outside of folders.
    if (process.platform === 'win32') return;
    const path = join(folder, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      const write = writeFileAtomic(path, 'new');
      await expect(write).rejects.toThrow(FileError);
      await expect(write).rejects.toThrow(`${path}: is a device, a pipe or a socket; name a file`);
      expect((await stat(path)).isSocket()).toBe(true);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('renameAtomic', () => {
  test('gives a folder another name, and names the path when it cannot', async () => {
    const [from, to] = [join(folder, 'before'), join(folder, 'after')];
    await mkdir(from);
    await renameAtomic(from, to);
    expect(await readdir(folder)).toEqual(['after']);
    await expect(renameAtomic(from, to)).rejects.toThrow(FileError);
    await expect(renameAtomic(from, to)).rejects.toThrow(`${to}: no such file or folder`);
  });
});

/** Opens the device that is always full where there is one (Linux), elsewhere a file that answers as it does. */
async function openFullDisk(temporary: string) {
  const handle = await open(temporary, 'wx');
  const full = existsSync('/dev/full') ? await open('/dev/full', 'w') : undefined;
  return {
    writeFile: async (content: Parameters<typeof handle.writeFile>[0]) => {
      // A part of it is on the disk before there is no more room.
      await handle.writeFile('ne');
      if (full) return full.writeFile(content);
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    },
    sync: () => handle.sync(),
    close: async () => {
      await full?.close();
      await handle.close();
    },
  };
}
