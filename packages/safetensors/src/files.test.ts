import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@unroll/backend';
import { tensor } from '@unroll/tensor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from './files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('readSafetensors and writeSafetensors', () => {
  test('carry tensors and metadata through a file', async () => {
    const path = join(folder, 'weights.safetensors');
    await writeSafetensors(path, { W: tensor([[1, 2, 3]]) }, { gates: 'i f g o' });
    const { tensors, metadata } = await readSafetensors(path);
    expect(metadata).toEqual({ gates: 'i f g o' });
    expect(await tensors.W.toArray()).toEqual([[1, 2, 3]]);
  });

  test('name the path of a file that is missing or cut off', async () => {
    const path = join(folder, 'weights.safetensors');
    await expect(readSafetensors(path)).rejects.toThrow(FileError);
    await expect(readSafetensors(path)).rejects.toThrow(
      `readSafetensors: ${path}: no such file or folder`,
    );
    await writeSafetensors(path, { W: tensor([[1, 2, 3]]) });
    await truncate(path, 70);
    await expect(readSafetensors(path)).rejects.toThrow(FileError);
    await expect(readSafetensors(path)).rejects.toThrow(`${path}: `);
  });
});
