import {
  bytesOf,
  type DType,
  dtypeOf,
  OptionError,
  type Shape,
  ShapeError,
  sizeOf,
  type TypedArray,
} from '@unroll/backend';
import { storedNames } from './dtypes.ts';
import { fail, readHeader } from './header.ts';

/** A named tensor's numbers on the host: row-major values of one dtype. */
export interface HostArray {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values: TypedArray;
}

/** What a file holds beside its tensors: strings under names. */
export type Metadata = Readonly<Record<string, string>>;

export interface DecodeOptions {
  /** How the file is called in error messages; default `'file'`. */
  file?: string;
}

/**
 * The bytes of a safetensors file. The same arrays and metadata give the same bytes whatever their order: larger elements
 * first, so that every tensor lies aligned, then by name.
 *
 * Format: https://huggingface.co/docs/safetensors/index#format
 *
 * @throws OptionError for a name that the format reserves; ShapeError when values and shape differ in size.
 */
export function encodeArrays(
  arrays: Readonly<Record<string, HostArray>>,
  metadata: Metadata = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(arrays).sort(
    ([a, x], [b, y]) => bytesOf(y.dtype) - bytesOf(x.dtype) || compare(a, b),
  );
  for (const [name, array] of entries) checkArray(name, array);
  const header = new TextEncoder().encode(headerText(entries, metadata));
  // Spaces at the header's end let the data start at a multiple of eight.
  const start = Math.ceil((8 + header.length) / 8) * 8;
  const total = entries.reduce((sum, [, { values }]) => sum + values.byteLength, start);
  const out = new Uint8Array(total).fill(0x20, 0, start);
  new DataView(out.buffer).setBigUint64(0, BigInt(start - 8), true);
  out.set(header, 8);
  let position = start;
  for (const [, { values }] of entries) {
    out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return out;
}

/**
 * The arrays of a safetensors file, each in memory of its own. F16 and BF16 become float32, I64 becomes int32. Nothing in the
 * file is trusted.
 *
 * @throws FileError, naming the file and the tensor, for anything that is not a sound file of dtypes that are read.
 */
export function decodeArrays(
  source: Uint8Array | ArrayBuffer,
  { file = 'file' }: DecodeOptions = {},
): { arrays: Record<string, HostArray>; metadata: Record<string, string> } {
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  const { entries, metadata } = readHeader({ bytes, file });
  const arrays: Record<string, HostArray> = {};
  for (const { name, stored, shape, begin, end } of entries) {
    const values = stored.read(new Uint8Array(bytes.subarray(begin, end)));
    if (typeof values === 'string') fail(file, values, name);
    arrays[name] = { dtype: stored.dtype, shape, values };
  }
  return { arrays, metadata };
}

function headerText(entries: readonly [string, HostArray][], metadata: Metadata): string {
  const fields: string[] = [];
  const strings = Object.entries(metadata).sort(([a], [b]) => compare(a, b));
  if (strings.length > 0) {
    for (const [key, text] of strings) checkMetadata(key, text);
    fields.push(`"__metadata__":{${strings.map(([k, v]) => `${json(k)}:${json(v)}`).join(',')}}`);
  }
  let begin = 0;
  for (const [name, { dtype, shape, values }] of entries) {
    const end = begin + values.byteLength;
    const entry = { dtype: storedNames[dtype], shape, data_offsets: [begin, end] };
    fields.push(`${json(name)}:${json(entry)}`);
    begin = end;
  }
  return `{${fields.join(',')}}`;
}

function checkArray(name: string, { dtype, shape, values }: HostArray): void {
  checkText(name, 'a tensor’s name');
  if (name === '__metadata__' || name === '__proto__') {
    throw new OptionError('safetensors', `the name "${name}" is reserved; rename the tensor`, {
      name,
    });
  }
  if (dtypeOf(values) !== dtype) {
    throw new OptionError('safetensors', `tensor "${name}": values are not ${dtype}`, { name });
  }
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(
      'safetensors',
      `tensor "${name}": shape [${shape.join(', ')}] holds ${sizeOf(shape)} elements; got ${values.length}`,
      { name, shape, length: values.length },
    );
  }
}

function checkMetadata(key: string, text: unknown): void {
  checkText(key, 'a metadata key');
  if (typeof text !== 'string' || key === '__proto__') {
    throw new OptionError(
      'safetensors',
      `metadata ${json(key)} must be a string; use JSON.stringify`,
      {
        key,
      },
    );
  }
  checkText(text, `metadata ${json(key)}`);
}

/** A lone surrogate has no UTF-8 form, and other readers refuse its JSON escape. */
function checkText(text: string, what: string): void {
  if (!/\p{Surrogate}/u.test(text)) return;
  throw new OptionError('safetensors', `${what} must be well-formed text; got ${json(text)}`, {
    text,
  });
}

const json = (value: unknown): string => JSON.stringify(value);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
