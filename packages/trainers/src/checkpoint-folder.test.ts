import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileError, OptionError } from '@unroll/backend';
import { tensor } from '@unroll/tensor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointFolder, openFolder } from './checkpoint-folder.ts';
import { type Disk, disk } from './disk.ts';
import { bits, toy } from './toy.ts';

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'checkpoints-')), 'run');
});

afterEach(() => rm(join(folder, '..'), { recursive: true }));

function checkpoint(step: number): Checkpoint {
  return { step, json: `{"at":${step}}\n`, tensors: { x: tensor([step, step / 3]) } };
}

async function stepIn(place: string): Promise<number | undefined> {
  const found = await checkpointFolder(place).load();
  if (!found) return undefined;
  expect(found.json).toBe(`{"at":${found.step}}\n`);
  expect(bits(found.tensors)).toEqual({ x: [found.step, Math.fround(found.step / 3)] });
  return found.step;
}

/** A disk on which the process is killed before its n-th write: nothing happens any more. */
function dying(n: number): Disk & { readonly calls: number } {
  let calls = 0;
  const alive = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      calls++;
      if (calls > n) throw new Error('killed');
      return call(...args);
    };
  };
  return {
    ...disk,
    makeFolder: alive(disk.makeFolder),
    writeFile: alive(disk.writeFile),
    rename: alive(disk.rename),
    remove: alive(disk.remove),
    get calls() {
      return calls;
    },
  };
}

describe('a checkpoint folder', () => {
  test('gives back the latest of what it keeps', async () => {
    const store = checkpointFolder(pathToFileURL(folder), { keep: 2 });
    expect(await store.load()).toBeUndefined();
    for (const step of [10, 20, 30, 40]) await store.save(checkpoint(step));
    expect((await readdir(folder)).sort()).toEqual(['000003-step-30', '000004-step-40']);
    expect(await stepIn(folder)).toBe(40);
  });

  test('takes the last one that was written, though an earlier run had come further', async () => {
    await checkpointFolder(folder).save(checkpoint(500));
    await checkpointFolder(folder).save(checkpoint(5));
    expect(await stepIn(folder)).toBe(5);
    expect(await readdir(folder)).toEqual(['000002-step-5']);
  });

  test('loads after a kill at any moment, and the next run cleans up', async () => {
    await checkpointFolder(folder).save(checkpoint(1));
    const all = dying(Infinity);
    await openFolder(folder, {}, all).save(checkpoint(1));
    expect(all.calls).toBeGreaterThan(5);
    for (let n = 0; n <= all.calls; n++) {
      await rm(folder, { recursive: true });
      await checkpointFolder(folder).save(checkpoint(1));
      const save = openFolder(folder, {}, dying(n)).save(checkpoint(2));
      if (n < all.calls) await expect(save).rejects.toThrow('killed');
      else await save;
      const found = await stepIn(folder);
      // Whole as soon as it has its name: after the folder, two files and the renaming.
      expect(found).toBe(n < 4 ? 1 : 2);
      await checkpointFolder(folder).save(checkpoint(3));
      expect(await stepIn(folder)).toBe(3);
      expect(await readdir(folder)).toHaveLength(1);
    }
  });

  test('says that the disk is full, leaves nothing half-written and keeps the one before', async () => {
    await checkpointFolder(folder).save(checkpoint(1));
    for (const failing of ['checkpoint.json', 'tensors.safetensors']) {
      const full: Disk = {
        ...disk,
        writeFile: async (path, content) => {
          if (!path.endsWith(failing)) return disk.writeFile(path, content);
          throw new FileError(
            'writeFileAtomic',
            `${path}: the disk is full; make room and try again`,
          );
        },
      };
      const save = openFolder(folder, {}, full).save(checkpoint(2));
      await expect(save).rejects.toThrow(FileError);
      expect(await readdir(folder)).toEqual(['000001-step-1']);
    }
  });

  test('stops a run with one clear error when the disk is full, with the model as it was trained', async () => {
    const full: Disk = {
      ...disk,
      writeFile: async (path, content) => {
        if (!path.includes('step-4')) return disk.writeFile(path, content);
        throw new FileError(
          'writeFileAtomic',
          `${path}: the disk is full; make room and try again`,
        );
      },
    };
    const { model, trainer, train } = toy();
    const checkpoints = { to: openFolder(folder, {}, full), every: 2 };
    const run = trainer.fit({ train, steps: 6, checkpoint: checkpoints });
    await expect(run).rejects.toThrow(
      /^checkpointFolder: cannot save step 4: .*: the disk is full; make room and try again\. The checkpoint before is still there\.$/,
    );
    const expected = toy();
    await expected.trainer.fit({ train: expected.train, steps: 4 });
    expect(bits(model.stateDict())).toEqual(bits(expected.model.stateDict()));
    const resumed = toy();
    const to = checkpointFolder(folder);
    await resumed.trainer.fit({ train: resumed.train, steps: 4, checkpoint: { to }, resume: true });
    expect(bits(resumed.model.stateDict())).toEqual(bits(expected.model.stateDict()));
  });

  test('names the path that cannot be read or written', async () => {
    await writeFile(join(folder, '..', 'file'), '');
    const inFile = checkpointFolder(join(folder, '..', 'file', 'checkpoints'));
    await expect(inFile.save(checkpoint(1))).rejects.toThrow(
      /file.*: a part of the path is not a folder/,
    );
    await checkpointFolder(folder).save(checkpoint(1));
    await rm(join(folder, '000001-step-1', 'tensors.safetensors'));
    const load = checkpointFolder(folder).load();
    await expect(load).rejects.toThrow(/tensors\.safetensors: no such file or folder/);
    await writeFile(join(folder, '000001-step-1', 'tensors.safetensors'), 'short');
    await expect(checkpointFolder(folder).load()).rejects.toThrow(FileError);
  });

  test('leaves what is not its own', async () => {
    await mkdir(join(folder, 'notes'), { recursive: true });
    await writeFile(join(folder, '.gitignore'), '*');
    const store = checkpointFolder(folder);
    for (const step of [1, 2]) await store.save(checkpoint(step));
    expect((await readdir(folder)).sort()).toEqual(['.gitignore', '000002-step-2', 'notes']);
  });

  test('keeps at least one', () => {
    for (const keep of [0, 1.5, NaN]) {
      expect(() => checkpointFolder(folder, { keep })).toThrow(OptionError);
    }
  });
});
