import { DataError } from '@unroll/backend';
import { Tensor } from '@unroll/tensor';

/** What stands in JSON for what JSON has not: a tensor by its name, a number that is not finite or −0. */
type Stand = { readonly $tensor: string } | { readonly $number: string };

const reserved = new Set(['$tensor', '$number', '__proto__']);

/** Plain JSON with the tensors taken out, which stand under the path where they were. */
export interface Packed {
  readonly data: unknown;
  readonly tensors: Record<string, Tensor>;
}

/**
 * Parts a tree of plain data and tensors; {@link unpack} puts it together again, to the bit. Absent values are left out.
 *
 * @throws DataError for what would not come back: functions, class instances, cycles
 */
export function pack(tree: unknown): Packed {
  const tensors: Record<string, Tensor> = {};
  const visit = (value: unknown, path: readonly string[]): unknown => {
    if (value instanceof Tensor) {
      const name = path.map(escapeName).join('/');
      tensors[name] = value;
      return { $tensor: name } satisfies Stand;
    }
    if (typeof value === 'number') return packNumber(value);
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (path.length > 64) refuse(path.slice(0, 8), 'goes too deep. Does it contain itself?');
    if (Array.isArray(value)) return value.map((item, i) => visit(item ?? null, [...path, `${i}`]));
    if (!isPlain(value)) refuse(path, `is a ${describe(value)}`);
    const fields = Object.entries(value).filter(([, child]) => child !== undefined);
    const taken = fields.find(([name]) => reserved.has(name));
    if (taken) refuse([...path, taken[0]], 'has a name that is kept for other uses');
    return Object.fromEntries(fields.map(([name, child]) => [name, visit(child, [...path, name])]));
  };
  return { data: visit(tree, []), tensors };
}

/** The tree that {@link pack} was given. @throws DataError when a tensor is missing */
export function unpack(data: unknown, tensors: Readonly<Record<string, Tensor>>): unknown {
  if (Array.isArray(data)) return data.map((item) => unpack(item, tensors));
  if (typeof data !== 'object' || data === null) return data;
  const stand = data as Partial<Record<'$tensor' | '$number', string>>;
  if (stand.$number !== undefined) return Number(stand.$number);
  if (stand.$tensor === undefined) {
    return Object.fromEntries(
      Object.entries(data).map(([name, child]) => [name, unpack(child, tensors)]),
    );
  }
  if (Object.hasOwn(tensors, stand.$tensor)) return tensors[stand.$tensor];
  throw new DataError('resume', `the checkpoint has no tensor '${stand.$tensor}'`, {
    tensor: stand.$tensor,
  });
}

/** So that no two paths have one name. */
function escapeName(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2F');
}

function packNumber(value: number): number | Stand {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { $number: Object.is(value, -0) ? '-0' : String(value) };
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value;
}

function refuse(path: readonly string[], words: string): never {
  throw new DataError('checkpoint', `${path.join('.')} ${words}; it would not come back`, {
    path: path.join('.'),
  });
}
