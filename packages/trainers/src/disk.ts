import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { fileError, renameAtomic, writeFileAtomic } from '@unroll/safetensors/node';

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
  rename: renameAtomic,
  remove: (path) =>
    rm(path, { recursive: true, force: true }).catch((cause: unknown) => refuse(path, cause)),
};

function refuse(path: string, cause: unknown): never {
  throw fileError('disk', path, cause);
}
