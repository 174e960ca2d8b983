import { DataError, type Shape, sameShape } from '@unroll/backend';
import { assign, Tensor } from '@unroll/tensor';

export interface LoadOptions {
  /** Whether every name must be in both; default true. */
  strict?: boolean;
}

export interface LoadResult {
  /** Names that the module has and the record has not; they kept their values. */
  readonly missing: readonly string[];
  /** Names that only the record has. */
  readonly unexpected: readonly string[];
}

/** Writes a record into tensors of the same names: all of it, or nothing and one error. */
export function load(
  owner: string,
  targets: ReadonlyMap<string, Tensor>,
  record: Readonly<Record<string, Tensor>>,
  { strict = true }: LoadOptions,
): LoadResult {
  const missing = [...targets.keys()].filter((name) => !Object.hasOwn(record, name));
  const unexpected = Object.keys(record).filter((name) => !targets.has(name));
  const shared = [...targets].filter(([name]) => Object.hasOwn(record, name));
  const misshapen = shared.flatMap(([name, target]) => misfit(name, target, record[name]));
  if (misshapen.length > 0 || (strict && missing.length + unexpected.length > 0)) {
    refuse(owner, { missing, unexpected, misshapen }, strict);
  }
  for (const [name, target] of shared) assign(target, record[name], 'loadStateDict');
  return { missing, unexpected };
}

function misfit(name: string, target: Tensor, given: unknown): string[] {
  if (!(given instanceof Tensor)) return [`${name} is no tensor`];
  if (sameShape(target.shape, given.shape) && target.dtype === given.dtype) return [];
  return [`${name} is ${show(target.dtype, target.shape)}, got ${show(given.dtype, given.shape)}`];
}

function show(dtype: string, shape: Shape): string {
  return `${dtype} [${shape.join(', ')}]`;
}

function refuse(
  owner: string,
  wrong: Readonly<Record<'missing' | 'unexpected' | 'misshapen', readonly string[]>>,
  strict: boolean,
): never {
  const lists = Object.entries(wrong)
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `  ${what}: ${names.join(what === 'misshapen' ? '; ' : ', ')}`);
  const hint =
    strict && wrong.misshapen.length === 0
      ? '\n{ strict: false } loads the names that both have.'
      : '';
  throw new DataError(
    'loadStateDict',
    `this is not the state of this ${owner}; nothing was written.\n${lists.join('\n')}${hint}`,
    wrong,
  );
}
