import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualSeed } from '@unroll/tensor';
import { CharTokenizer } from '@unroll/tokenizers';
import { LanguageModel } from '../language-model.ts';
import type { SaveableModel } from '../registry.ts';

export const tokenizer = CharTokenizer.train('hello');

/** The path of a folder that is not there yet, in one of its own. */
export async function freshFolder(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'models-')), 'model');
}

/** What {@link freshFolder} gave, and all beside it. */
export function removeFolder(folder: string): Promise<void> {
  return rm(join(folder, '..'), { recursive: true });
}

export function example(seed = 1, hiddenSize = 4) {
  manualSeed(seed);
  return new LanguageModel({ vocabSize: 5, embeddingSize: 3, hiddenSize, cell: 'gru' });
}

export function bits({ model }: { model: SaveableModel }) {
  const entries = Object.entries(model.stateDict());
  return Object.fromEntries(entries.map(([name, x]) => [name, [...x.dataSync()]]));
}

export async function filesIn(path: string): Promise<File[]> {
  const names = await readdir(path);
  return Promise.all(names.map(async (name) => new File([await readFile(join(path, name))], name)));
}
