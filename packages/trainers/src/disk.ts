import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FileError } from '@unroll/backend';
import { writeFileAtomic } from '@unroll/safetensors/node';

/** What checkpoints need of a file system. Each call throws a FileError that names the path. */
export interface Disk {
  /** Names in a folder; none when it does not exist. */
  list(folder: string): Promise<string[]>;
  makeFolder(path: string): Promise<void>;
  /** Writes a file whole or not at all, and onto the disk. */
  writeFile(path: string, content: Uint8Array | string): Promise<void>;
  readFile(path: string): Promise<Uint8Array>;
  /** Renames a folder, onto the disk. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a folder with all that is in it. */
  remove(path: string): Promise<void>;
}

/** The file system of Node. */
export const disk: Disk = {
  list: (folder) =>
    readdir(folder).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
      return refuse(folder, cause);
    }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true }).catch((cause: unknown) => refuse(path, cause));
  },
  writeFile: writeFileAtomic,
  readFile: (path) => readFile(path).catch((cause: unknown) => refuse(path, cause)),
  rename: async (from, to) => {
    await renamePatiently(from, to).catch((cause: unknown) => refuse(to, cause));
    await syncFolder(dirname(to));
  },
  remove: (path) =>
    rm(path, { recursive: true, force: true }).catch((cause: unknown) => refuse(path, cause)),
};

/** Windows refuses to rename a folder while someone reads in it, a virus scanner for instance: so ask again for a second. */
async function renamePatiently(from: string, to: string): Promise<void> {
  for (let wait = 1; ; wait *= 2) {
    try {
      return await rename(from, to);
    } catch (cause) {
      const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(
        (cause as NodeJS.ErrnoException).code ?? '',
      );
      if (process.platform !== 'win32' || !busy || wait > 512) throw cause;
      await setTimeout(wait);
    }
  }
}

/** The new name lasts once its folder is on the disk; some systems (Windows) cannot be asked for it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

const reasons: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOSPC', 'the disk is full; make room and try again'],
  ['EDQUOT', 'the disk quota is used up; make room and try again'],
  ['ENOENT', 'no such file or folder'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EEXIST', 'is a file; name a folder'],
  ['EACCES', 'no permission'],
  ['EPERM', 'no permission'],
  ['EROFS', 'the disk is read-only'],
]);

function refuse(path: string, cause: unknown): never {
  const { code, message } = cause as NodeJS.ErrnoException;
  throw new FileError('disk', `${path}: ${reasons.get(code) ?? message}`, { path, code }, cause);
}
