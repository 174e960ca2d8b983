import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FileError } from '@unroll/backend';

/**
 * Writes a file whole or not at all: into a temporary file in the same folder, onto the disk, then renamed over the old one.
 * Whoever reads the path, after a crash or a power cut too, finds the old content or the new one.
 *
 * A process that is killed outright may leave a temporary file `.<name>.<random>.tmp` behind; after any error it is removed.
 * A link is followed: the file that it points to is replaced.
 *
 * @param path where; its folder must exist
 * @param content bytes, or text that is written as UTF-8
 * @throws FileError naming the path: the disk is full, no permission, no such folder, a device. The old file is intact.
 *
 * @example
 * await writeFileAtomic('runs/start/result.json', JSON.stringify(result));
 */
export async function writeFileAtomic(
  path: string | URL,
  content: Uint8Array | string,
): Promise<void> {
  await replaceFile(pathOf(path), content, (temporary) => open(temporary, 'wx'));
}

/** {@link writeFileAtomic} with the opening of the temporary file handed in, for tests of failing disks. */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  openTemporary: (temporary: string) => Promise<Pick<FileHandle, 'writeFile' | 'sync' | 'close'>>,
): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await refuseDevice(path, target);
  const temporary = join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}.tmp`);
  try {
    const handle = await openTemporary(temporary);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renamePatiently(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError('writeFileAtomic', path, cause);
  }
  await syncFolder(dirname(target));
}

/** A device or a pipe is written to, never replaced by a file. */
async function refuseDevice(path: string, target: string): Promise<void> {
  const present = await stat(target).catch(() => undefined);
  if (!present || present.isFile() || present.isDirectory()) return;
  throw new FileError('writeFileAtomic', `${path}: is a device, a pipe or a socket; name a file`, {
    path,
  });
}

/**
 * Gives a file or a folder another name, onto the disk.
 *
 * @throws FileError naming the new path
 */
export async function renameAtomic(from: string, to: string): Promise<void> {
  await renamePatiently(from, to).catch((cause: unknown) => {
    throw fileError('renameAtomic', to, cause);
  });
  await syncFolder(dirname(to));
}

/** Windows refuses to rename what someone reads, a virus scanner for instance: so ask again for a second. */
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

/** The new name lasts once its folder is on the disk too; some systems (Windows) cannot be asked for it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full; make room and try again'],
  ['EDQUOT', 'the disk quota is used up; make room and try again'],
  ['EFBIG', 'the file is larger than the system allows'],
  ['ENOENT', 'no such file or folder'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EEXIST', 'is a file; name a folder'],
  ['EISDIR', 'is a folder; name a file'],
  ['EACCES', 'no permission'],
  ['EPERM', 'no permission'],
  ['EROFS', 'the disk is read-only'],
  ['EMFILE', 'too many files are open'],
]);

/** An error of the file system in our words. */
export function fileError(operation: string, path: string, cause: unknown): FileError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = reasons.get(code ?? '') ?? message;
  return new FileError(operation, `${path}: ${reason}`, { path, code }, cause);
}

export function pathOf(path: string | URL): string {
  return typeof path === 'string' ? path : fileURLToPath(path);
}
