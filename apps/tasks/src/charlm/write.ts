import { access } from 'node:fs/promises';
import { DataError, FileError } from '@unroll/backend';
import type { SavedModel } from '@unroll/models';
import { load } from '@unroll/models/node';
import { crossEntropy } from '@unroll/nn';
import { manualSeed, slice, tensor } from '@unroll/tensor';
import type { CharModel } from './train.ts';

/** How the model writes. */
export interface Writing {
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
}

/** A text from nothing: what the model writes after a line break. */
export async function writeSample(
  modelFolder: string,
  { seed, length, temperature }: Writing,
): Promise<string> {
  const saved = await openModel(modelFolder);
  manualSeed(seed);
  return saved.complete('\n', { length, temperature });
}

/**
 * How well the model foresees a text, in nats per character from the second one on, and how it would go on.
 *
 * @throws DataError when the text has fewer than two characters
 */
export async function tryText(
  modelFolder: string,
  text: string,
  { seed, length, temperature }: Writing,
): Promise<{ natsPerChar: number; continuation: string }> {
  const saved = await openModel(modelFolder);
  const ids = saved.tokenizer?.encode(text) ?? new Int32Array();
  if (ids.length < 2) {
    throw new DataError('--try', `needs at least two characters; got ${JSON.stringify(text)}`);
  }
  const foreseen = slice(saved.logits(text), { axis: 0, from: 0, to: ids.length - 1 });
  const natsPerChar = await crossEntropy(foreseen, tensor(ids.slice(1))).item();
  manualSeed(seed);
  return { natsPerChar, continuation: await saved.complete(text, { length, temperature }) };
}

async function openModel(folder: string): Promise<SavedModel<CharModel>> {
  await access(folder).catch((cause: unknown) => {
    const words = `there is no saved model in ${folder}; train one first, or name the run's folder with --out`;
    throw new FileError('charlm', words, { folder }, cause);
  });
  return load<CharModel>(folder);
}
