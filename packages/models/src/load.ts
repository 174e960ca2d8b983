import { FileError, OptionError } from '@unroll/backend';
import { decodeFolder, decodeWeights } from './format.ts';
import type { LanguageModel } from './language-model.ts';
import type { LoadOptions, SaveableModel } from './registry.ts';
import type { SavedModel } from './saved-model.ts';

/**
 * A saved model, ready to use, in evaluation mode. `load` of `@unroll/models/node` also takes a path.
 *
 * Nothing in the files is trusted or run: only classes that are built in or passed are built.
 *
 * @param source the URL of the folder; the files of the folder, as a folder picker gives them; or the weights file alone,
 * which holds everything
 * @throws FileError, naming the file: it is missing or broken, the format is newer, the class unknown, a weight does not
 * fit; OptionError for another source
 * @example
 * const saved = await load(new URL('./model/', import.meta.url));
 * console.log(await saved.complete('Once upon', { length: 100 }));
 */
export async function load<M extends SaveableModel = LanguageModel>(
  source: URL | Blob | Iterable<File>,
  options: LoadOptions = {},
): Promise<SavedModel<M>> {
  return (await anyModel(source, options)) as unknown as SavedModel<M>;
}

async function anyModel(source: URL | Blob | Iterable<File>, options: LoadOptions) {
  if (source instanceof URL) return fromUrl(source, options);
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : 'the blob';
    return decodeWeights(name, await bytesOf(source), options);
  }
  if (typeof source !== 'string' && Symbol.iterator in Object(source)) {
    return fromFiles([...source], options);
  }
  throw new OptionError(
    'load',
    `needs a URL, a Blob or files; got ${source === null ? 'null' : typeof source}. For a path use load of @unroll/models/node, for an address new URL(…)`,
  );
}

function fromUrl(url: URL, options: LoadOptions): Promise<SavedModel> {
  const folder = new URL(url);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return decodeFolder(folder.href.replace(/\/$/, ''), (name) => fetchBytes(folder, name), options);
}

async function fetchBytes(folder: URL, name: string): Promise<Uint8Array> {
  const url = new URL(name, folder);
  const response = await fetch(url).catch((cause: unknown) => {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new FileError('load', `${url.href}: ${words}`, { file: url.href }, cause);
  });
  if (!response.ok) {
    const words = `${url.href}: ${response.status} ${response.statusText}`.trim();
    throw new FileError('load', words, { file: url.href, status: response.status });
  }
  return new Uint8Array(await response.arrayBuffer());
}

function fromFiles(files: readonly File[], options: LoadOptions): Promise<SavedModel> {
  const byName = new Map(files.map((file) => [file.name, file]));
  return decodeFolder(
    '',
    async (name) => {
      const file = byName.get(name);
      if (file) return bytesOf(file);
      const found = [...byName.keys()].slice(0, 10).join(', ') || 'none';
      throw new FileError('load', `${name} is missing; the files are ${found}`, { file: name });
    },
    options,
  );
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}
