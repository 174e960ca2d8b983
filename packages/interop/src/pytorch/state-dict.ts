import { DataError, isFloating, refuseUnknownOptions, sameShape } from '@unroll/backend';
import { classNameOf, type LoadResult, type Module } from '@unroll/nn';
import { cast, noGrad, Tensor } from '@unroll/tensor';
import { type FileOptions, readWeights, type WeightSource } from './read.ts';
import { type ModuleNames, type Part, partsOf } from './walk.ts';

export interface ToPyTorchOptions {
  /**
   * What PyTorch calls our modules, where the names differ: `{ head: 'fc' }` makes `head.W` of a Linear `fc.weight`. A name
   * holds for the modules inside too; `''` is the model itself. Default: the same names.
   */
  modules?: ModuleNames;
}

export interface LoadPyTorchOptions extends ToPyTorchOptions, FileOptions {
  /** Whether every name must be in both; default true. With false, weights that are not in the file keep their values. */
  strict?: boolean;
}

const known: Record<keyof LoadPyTorchOptions, true> = {
  modules: true,
  strict: true,
  file: true,
  maxBytes: true,
};

/**
 * The weights of a model under the names and in the shapes of a PyTorch `state_dict`: RNN, LSTM, GRU, Linear, Embedding,
 * LayerNorm, RMSNorm, BatchNorm, Conv, MultiheadAttention and Transformer layers as torch.nn has them, parameters of other
 * modules as they are. Encode them with `encodeNpz` or with `encode` of `@unroll/safetensors`.
 *
 * @returns tensors that are cut off from the graph; those whose shape is ours too share memory with the model
 * @throws UnsupportedError for a cell or an option that torch.nn lacks; OptionError for a module that is not there
 * @example
 * const state = toPyTorch(new LSTM({ inputSize: 3, hiddenSize: 5 }));
 * console.log(state.weight_ih_l0.shape); // [20, 3]
 */
export function toPyTorch(model: Module, options: ToPyTorchOptions = {}): Record<string, Tensor> {
  refuseUnknownOptions('toPyTorch', options, { modules: true });
  return noGrad(() => Object.fromEntries(theirWeights(partsOf(model, options.modules ?? {}))));
}

/**
 * Writes PyTorch's weights into a model of the same build. A floating dtype is turned into the model's, as
 * `load_state_dict` does.
 *
 * @param source the bytes of a safetensors or an .npz file, or tensors under PyTorch's names. Save them in Python by
 *   `safetensors.torch.save_file(model.state_dict(), path)` or
 *   `numpy.savez(path, **{k: v.numpy() for k, v in model.state_dict().items()})`
 * @throws DataError that lists all missing, unexpected and misshapen names, and nothing is written then; FileError for a
 *   file that is damaged, lies or is a pickle (`.pt`); UnsupportedError for a cell or an option that torch.nn lacks
 * @example
 * const model = new Linear({ inputSize: 2, outputSize: 1 });
 * loadPyTorch(model, { weight: tensor([[1, 2]]), bias: tensor([3]) });
 */
export function loadPyTorch(
  model: Module,
  source: WeightSource,
  options: LoadPyTorchOptions = {},
): LoadResult {
  refuseUnknownOptions('loadPyTorch', options, known);
  const { modules = {}, strict = true } = options;
  return noGrad(() => {
    const given = readWeights(source, options);
    const parts = partsOf(model, modules);
    const expected = new Map(theirWeights(parts));
    const result = compare(model, expected, withoutIgnored(parts, given), strict);
    const names = new Set(Object.keys(model.stateDict()));
    const ours = parts.flatMap((part) => ourWeights(part, expected, given));
    model.loadStateDict(Object.fromEntries(ours.filter(([name]) => names.has(name))));
    return result;
  });
}

function withoutIgnored(
  parts: readonly Part[],
  given: Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Tensor>> {
  const names = parts.flatMap(({ layout, theirs }) =>
    (layout.ignored ?? []).map((name) => theirs + name),
  );
  return Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
}

function theirWeights(parts: readonly Part[]): [string, Tensor][] {
  return parts.flatMap(({ module, layout, theirs }) =>
    Object.entries(layout.theirs(module)).map(([name, x]): [string, Tensor] => [theirs + name, x]),
  );
}

/** The weights of a part under our paths: what is given, and what is not given as it was. */
function ourWeights(
  { module, layout, ours, theirs }: Part,
  expected: ReadonlyMap<string, Tensor>,
  given: Readonly<Record<string, Tensor>>,
): [string, Tensor][] {
  const named = Object.keys(layout.theirs(module)).map((name) => {
    const path = theirs + name;
    const now = expected.get(path) as Tensor;
    return [name, Object.hasOwn(given, path) ? cast(given[path], now.dtype) : now] as const;
  });
  const weights = layout.ours(module, Object.fromEntries(named));
  return Object.entries(weights).map(([name, x]) => [ours + name, x]);
}

/** What does not fit, all in one error. */
function compare(
  model: Module,
  expected: ReadonlyMap<string, Tensor>,
  given: Readonly<Record<string, Tensor>>,
  strict: boolean,
): LoadResult {
  const missing = [...expected.keys()].filter((name) => !Object.hasOwn(given, name));
  const unexpected = Object.keys(given).filter((name) => !expected.has(name));
  const misshapen = [...expected].flatMap(([name, x]) =>
    Object.hasOwn(given, name) ? misfit(name, x, given[name]) : [],
  );
  const wrong = { missing, unexpected, misshapen };
  if (misshapen.length === 0 && (!strict || missing.length + unexpected.length === 0)) return wrong;
  const lists = Object.entries(wrong)
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `\n  ${what}: ${names.join(what === 'misshapen' ? '; ' : ', ')}`);
  throw new DataError(
    'loadPyTorch',
    `these are not the weights of this ${classNameOf(model.constructor)}; nothing was written.${lists.join('')}${hint(wrong)}`,
    wrong,
  );
}

function misfit(name: string, x: Tensor, given: unknown): string[] {
  if (!(given instanceof Tensor)) return [`${name} is no tensor`];
  const alike = x.dtype === given.dtype || (isFloating(x.dtype) && isFloating(given.dtype));
  if (sameShape(x.shape, given.shape) && alike) return [];
  const show = ({ dtype, shape }: Tensor) => `${dtype} [${shape.join(', ')}]`;
  return [`${name} is ${show(x)}, got ${show(given)}`];
}

function hint({
  missing,
  unexpected,
  misshapen,
}: Readonly<Record<string, readonly string[]>>): string {
  if (unexpected.some((name) => /(^|\.)weight_hr_l\d+(_reverse)?$/.test(name))) {
    return '\nweight_hr_… is the projection of an LSTM with proj_size: build it with projSize.';
  }
  if (missing.length > 0 && unexpected.length > 0) {
    return "\nDo modules have other names there? { modules: { head: 'fc' } } says so.";
  }
  return misshapen.length === 0 ? '\n{ strict: false } loads the names that both have.' : '';
}
