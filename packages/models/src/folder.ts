import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileError, writeFileAtomic } from '@unroll/safetensors/node';
import {
  configFile,
  decodeFolder,
  decodeWeights,
  encodeModel,
  tokenizerFile,
  weightsFile,
} from './format.ts';
import type { LanguageModel } from './language-model.ts';
import { load as loadAnywhere } from './load.ts';
import type { LoadOptions, SaveableModel } from './registry.ts';
import type { ModelParts, SavedModel } from './saved-model.ts';

/**
 * Saves a model as one folder: `config.json` (class and options), `tokenizer.json`, `weights.safetensors`. What else lies in
 * the folder stays. Each file is replaced whole; when the process dies between two of them, `load` says so rather than
 * mix two saves.
 *
 * @param folder made if it does not exist
 * @param parts a model with `config`, and what belongs to it
 * @throws FileError when it cannot be written; OptionError when `config` or `extra` is no plain data
 * @example
 * const tokenizer = CharTokenizer.train('hello');
 * const model = new LanguageModel({ vocabSize: tokenizer.vocabSize, hiddenSize: 16 });
 * await save('my-model', { model, tokenizer });
 */
export async function save(folder: string | URL, parts: ModelParts): Promise<void> {
  const path = pathOf(folder);
  const { config, tokenizer, weights } = await encodeModel(parts);
  await mkdir(path, { recursive: true }).catch((cause: unknown) => refuse('save', path, cause));
  await writeFileAtomic(join(path, weightsFile), weights);
  if (tokenizer !== undefined) await writeFileAtomic(join(path, tokenizerFile), tokenizer);
  await writeFileAtomic(join(path, configFile), config);
  if (tokenizer === undefined) await rm(join(path, tokenizerFile), { force: true });
}

/**
 * A saved model, ready to use: {@link loadAnywhere} for paths too.
 *
 * @param source the path or URL of the folder, or of the weights file alone, which holds everything; or what the page's
 * `load` takes
 * @throws FileError, naming the file
 * @example
 * const saved = await load('my-model');
 * console.log(await saved.complete('h', { length: 4 }));
 */
export async function load<M extends SaveableModel = LanguageModel>(
  source: string | URL | Blob | Iterable<File>,
  options: LoadOptions = {},
): Promise<SavedModel<M>> {
  const onDisk =
    typeof source === 'string' || (source instanceof URL && source.protocol === 'file:');
  if (!onDisk) return loadAnywhere<M>(source, options);
  return (await fromPath(pathOf(source), options)) as unknown as SavedModel<M>;
}

async function fromPath(path: string, options: LoadOptions): Promise<SavedModel> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    (cause: unknown) => refuse('load', path, cause),
  );
  if (!isFolder) return decodeWeights(basename(path), await read(path), options);
  return decodeFolder(path, (name) => read(join(path, name)), options);
}

function read(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => refuse('load', path, cause));
}

function refuse(operation: string, path: string, cause: unknown): never {
  throw fileError(operation, path, cause);
}

function pathOf(path: string | URL): string {
  return typeof path === 'string' ? path : fileURLToPath(path);
}
