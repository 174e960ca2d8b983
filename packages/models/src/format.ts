import { FileError, OptionError } from '@unroll/backend';
import { classNameOf } from '@unroll/nn';
import { decode, encode } from '@unroll/safetensors';
import { tokenizerFromJSON } from '@unroll/tokenizers';
import { build, type LoadOptions, type ModelClass } from './registry.ts';
import { type ModelParts, SavedModel } from './saved-model.ts';

/**
 * The version of the folder's format that is written; older ones are read. Since 2 a cell may be described by how it is made.
 */
export const formatVersion = 2;

/** The order of the gates in W, U and b; other orders are another format. */
const gateOrder = 'i f g o, r z n';

export const configFile = 'config.json';
export const tokenizerFile = 'tokenizer.json';
export const weightsFile = 'weights.safetensors';

/** What `config.json` says. */
interface Config {
  readonly format: number;
  readonly class: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The kind of the tokenizer in `tokenizer.json`; null without one. */
  readonly tokenizer: string | null;
  readonly labels?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** The texts of a model's JSON files as they stand in the folder. */
interface Texts {
  readonly config: string;
  readonly tokenizer: string | undefined;
}

/** The files of a saved model. */
export interface ModelFiles extends Texts {
  readonly weights: Uint8Array;
}

/**
 * A model as files. The weights file holds the two texts once more, in its metadata: it can be loaded alone, and two halves
 * of different saves are told apart.
 */
export async function encodeModel(parts: ModelParts): Promise<ModelFiles> {
  const { model, tokenizer, labels, extra } = parts;
  const config: Config = {
    format: formatVersion,
    class: classNameOf(model.constructor as ModelClass),
    options: plain('config', { ...model.config }),
    tokenizer: tokenizer?.kind ?? null,
    labels,
    extra: extra && plain('extra', extra),
  };
  const texts = { config: pretty(config), tokenizer: tokenizer && pretty(tokenizer.toJSON()) };
  const weights = await encode(model.stateDict(), {
    format: String(formatVersion),
    gateOrder,
    config: texts.config,
    ...(texts.tokenizer === undefined ? {} : { tokenizer: texts.tokenizer }),
  });
  return { ...texts, weights };
}

/** Gives the bytes of a file of the folder; throws a FileError when it is not there. */
export type ReadFile = (name: string) => Promise<Uint8Array>;

/** A model from its folder. */
export async function decodeFolder(
  folder: string,
  read: ReadFile,
  options: LoadOptions,
): Promise<SavedModel> {
  const inside = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const text = async (name: string) => new TextDecoder().decode(await read(name));
  const config = await text(configFile);
  const { tokenizer } = parseConfig(inside(configFile), config);
  const texts: Texts = {
    config,
    tokenizer: tokenizer === null ? undefined : await text(tokenizerFile),
  };
  const weights = await read(weightsFile);
  return decodeModel({ ...texts, weights }, inside, options);
}

/** A model from its weights file alone. */
export function decodeWeights(file: string, weights: Uint8Array, options: LoadOptions): SavedModel {
  const { config, tokenizer } = decode(weights, { file }).metadata;
  if (config === undefined) {
    fail(file, 'has no config in its metadata; load the folder that it was saved in');
  }
  return decodeModel({ config, tokenizer, weights }, () => file, options);
}

function decodeModel(
  { config: text, tokenizer, weights }: ModelFiles,
  inside: (name: string) => string,
  options: LoadOptions,
): SavedModel {
  const config = parseConfig(inside(configFile), text);
  const read = (json: string) =>
    inFile(inside(tokenizerFile), () => tokenizerFromJSON(JSON.parse(json)));
  const known = tokenizer === undefined ? undefined : read(tokenizer);
  const file = inside(weightsFile);
  const { tensors, metadata } = decode(weights, { file });
  checkMetadata(file, metadata, { config: text, tokenizer });
  const { class: className, labels, extra } = config;
  const model = build(inside(configFile), { className, config: config.options }, options);
  inFile(file, () => model.loadStateDict(tensors));
  model.eval();
  return new SavedModel({ model, tokenizer: known, labels, extra });
}

function checkMetadata(file: string, metadata: Readonly<Record<string, string>>, texts: Texts) {
  if (metadata.gateOrder !== gateOrder) {
    fail(
      file,
      `its gate order is ${metadata.gateOrder ?? 'missing'}; this version reads ${gateOrder}`,
    );
  }
  const stale = (['config', 'tokenizer'] as const).filter(
    (name) => canonical(metadata[name]) !== canonical(texts[name]),
  );
  if (stale.length === 0) return;
  fail(
    file,
    `does not belong to the ${stale.join('.json and the ')}.json beside it: a save was broken off, or a file was changed. Save the model again.`,
  );
}

function parseConfig(file: string, text: string): Config {
  const json: unknown = inFile(file, () => JSON.parse(text));
  if (!isRecord(json)) fail(file, 'must be an object');
  const { format, class: className, options, tokenizer, labels, extra } = json;
  if (typeof format === 'number' && format > formatVersion) {
    fail(
      file,
      `has format ${format}; this version reads up to ${formatVersion}. Update @unroll/models.`,
    );
  }
  const wrong = [
    isKnown(format) || 'format',
    typeof className === 'string' || 'class',
    isRecord(options) || 'options',
    tokenizer === null || typeof tokenizer === 'string' || 'tokenizer',
    labels === undefined || isStrings(labels) || 'labels',
    extra === undefined || isRecord(extra) || 'extra',
  ].filter((name) => name !== true);
  if (wrong.length > 0) fail(file, `is no saved model's: ${wrong.join(', ')} cannot be read`);
  return json as unknown as Config;
}

function isKnown(format: unknown): boolean {
  return Number.isInteger(format) && (format as number) >= 1 && (format as number) <= formatVersion;
}

/** Runs `fn` on what a file held; what goes wrong is the file's fault. */
function inFile<T>(file: string, fn: () => T): T {
  try {
    return fn();
  } catch (cause) {
    fail(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function fail(file: string, words: string, cause?: unknown): never {
  throw new FileError('load', `${file}: ${words}`, { file }, cause);
}

/** Data as it comes back from JSON; what would come back changed is refused. */
function plain<T extends object>(what: string, data: T): T {
  const visit = (value: unknown, path: string): void => {
    const kind = typeof value;
    if (value === null || kind === 'string' || kind === 'boolean' || value === undefined) return;
    if (kind === 'number' && Number.isFinite(value)) return;
    if (Array.isArray(value) || isRecord(value)) {
      for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`);
      return;
    }
    throw new OptionError('save', `${path} is no plain data and would not come back`, { path });
  };
  visit(data, what);
  return data;
}

function pretty(data: unknown): string {
  return `${JSON.stringify(data, undefined, 2)}\n`;
}

/** A text without what editors and checkouts change: line ends and indentation. */
function canonical(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(JSON.parse(text));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
