import { readFile } from 'node:fs/promises';
import type { Metadata } from './arrays.ts';
import { fileError, pathOf, writeFileAtomic } from './atomic.ts';
import { type Decoded, decode, encode, type NamedTensors } from './tensors.ts';

/**
 * The tensors and metadata of a safetensors file on disk.
 *
 * @throws FileError, naming the file and the tensor, when it cannot be read, is cut off, lies or is of another format
 *
 * @example
 * const { tensors, metadata } = await readSafetensors('model/weights.safetensors');
 */
export async function readSafetensors(path: string | URL): Promise<Decoded> {
  const file = pathOf(path);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw fileError('readSafetensors', file, cause);
  });
  return decode(bytes, { file });
}

/**
 * Writes tensors and metadata to a safetensors file, whole or not at all.
 *
 * @throws FileError when it cannot be written; a file that stood there is intact then
 *
 * @example
 * await writeSafetensors('weights.safetensors', model.stateDict(), { format: '1' });
 */
export async function writeSafetensors(
  path: string | URL,
  tensors: NamedTensors,
  metadata: Metadata = {},
): Promise<void> {
  await writeFileAtomic(path, await encode(tensors, metadata));
}
