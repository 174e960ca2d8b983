import { access } from 'node:fs/promises';
import { DataError, FileError } from '@unroll/backend';
import type { SavedModel } from '@unroll/models';
import { load } from '@unroll/models/node';
import { crossEntropy } from '@unroll/nn';
import { manualSeed, slice, tensor } from '@unroll/tensor';
import { type LevelTraits, levels } from './levels.ts';
import type { TextModel } from './train.ts';

/** How the model writes. */
export interface Writing {
  /** Characters or words; default: as many as a sample has. */
  readonly length?: number | undefined;
  readonly temperature: number;
  readonly seed: number;
}

/** A text from nothing: what the model writes after a line break, or a full stop. */
export async function writeSample(
  modelFolder: string,
  { seed, length, temperature }: Writing,
): Promise<string> {
  const saved = await openModel(modelFolder);
  const { start, sample } = traitsOf(saved);
  manualSeed(seed);
  return saved.complete(start, { length: length ?? sample, temperature });
}

/**
 * How well the model foresees a text, in nats per character or word from the second one on, and how it would go on.
 *
 * @throws DataError when the text has fewer than two of them
 */
export async function tryText(
  modelFolder: string,
  text: string,
  { seed, length, temperature }: Writing,
): Promise<{ nats: number; one: string; continuation: string }> {
  const saved = await openModel(modelFolder);
  const ids = saved.tokenizer?.encode(text) ?? new Int32Array();
  const { one, many, sample } = traitsOf(saved);
  if (ids.length < 2) {
    throw new DataError('--try', `needs at least two ${many}; got ${JSON.stringify(text)}`);
  }
  const foreseen = slice(saved.logits(text), { axis: 0, from: 0, to: ids.length - 1 });
  const nats = await crossEntropy(foreseen, tensor(ids.slice(1))).item();
  manualSeed(seed);
  const options = { length: length ?? sample, temperature };
  return { nats, one, continuation: await saved.complete(text, options) };
}

/** Of what a saved model reads. */
export function traitsOf({ tokenizer }: SavedModel): LevelTraits {
  return levels[tokenizer?.kind === 'word' ? 'word' : 'char'];
}

/** @throws FileError where none was saved */
export async function openModel(folder: string): Promise<SavedModel<TextModel>> {
  await access(folder).catch((cause: unknown) => {
    const words = `there is no saved model in ${folder}; train one first, or name the run's folder with --out`;
    throw new FileError('charlm', words, { folder }, cause);
  });
  return load<TextModel>(folder);
}
