import { FileError } from '@unroll/backend';
import { type StoredDType, storedDTypes } from './dtypes.ts';
import { duplicateKey } from './duplicate-key.ts';

/** No honest file has a longer header; the same limit as the format's first implementation. */
const longestHeader = 100_000_000;

/** Where one tensor lies in a file, checked. */
interface Entry {
  readonly name: string;
  readonly stored: StoredDType;
  readonly shape: readonly number[];
  /** Byte positions in the whole file. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the data. */
  readonly entries: readonly Entry[];
  readonly metadata: Record<string, string>;
}

/** A file under examination: what is wrong with it is told in one way. */
export interface Suspect {
  readonly bytes: Uint8Array;
  readonly file: string;
}

export function fail(file: string, words: string, tensor?: string): never {
  const where = tensor === undefined ? file : `${file}: tensor ${quote(tensor)}`;
  throw new FileError('safetensors', `${where}: ${words}`, { file, tensor });
}

/**
 * The header of a safetensors file: 8 bytes of length, then JSON, then the data that its offsets must cover without
 * overlap or hole. Nothing is allocated for a tensor before all of it holds.
 */
export function readHeader(suspect: Suspect): Header {
  const { bytes, file } = suspect;
  const start = headerEnd(suspect);
  const table = parseHeader(bytes.subarray(8, start), file);
  const metadata = readMetadata(table.get('__metadata__'), file);
  const entries: Entry[] = [];
  for (const [name, value] of table) {
    if (name !== '__metadata__') entries.push(readEntry(name, value, start, file));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, start, suspect);
  return { entries, metadata };
}

function headerEnd({ bytes, file }: Suspect): number {
  if (bytes.length < 8) fail(file, `too short for a safetensors file: ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(longestHeader)) {
    fail(file, `the header claims ${length} bytes; at most ${longestHeader} are read`);
  }
  const end = 8 + Number(length);
  if (end > bytes.length) {
    fail(
      file,
      `the header claims ${length} bytes, but the file ends after ${bytes.length}; is it cut off?`,
    );
  }
  return end;
}

function parseHeader(bytes: Uint8Array, file: string): Map<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new FileError('safetensors', `${file}: the header is not JSON`, { file }, cause);
  }
  if (!text.startsWith('{') || !isObject(value)) fail(file, 'the header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) fail(file, `the header holds the key ${quote(twice)} twice`);
  return new Map(Object.entries(value));
}

function readMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) fail(file, '__metadata__ must be an object of strings');
  for (const [key, text] of Object.entries(value)) {
    checkName(key, 'metadata key', file);
    if (typeof text !== 'string') fail(file, `__metadata__ ${quote(key)} must be a string`);
  }
  return { ...value } as Record<string, string>;
}

function readEntry(name: string, value: unknown, start: number, file: string): Entry {
  checkName(name, 'tensor', file);
  if (!isObject(value)) fail(file, 'must be described by an object', name);
  const stored = typeof value.dtype === 'string' ? storedDTypes.get(value.dtype) : undefined;
  if (!stored) {
    const known = [...storedDTypes.keys()].join(', ');
    fail(file, `dtype ${quote(value.dtype)} is not one that is read (${known})`, name);
  }
  const { shape, data_offsets: offsets } = value;
  if (!isSizes(shape)) fail(file, `shape ${quote(shape)} must be whole sizes of at least 0`, name);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    fail(file, `data_offsets ${quote(offsets)} must be [begin, end]`, name);
  }
  const [begin, end] = offsets;
  const needed = bytesNeeded(shape, stored.size);
  if (end - begin !== needed) {
    const claim = `${value.dtype} ${quote(shape)} needs ${needed} bytes`;
    fail(file, `${claim}, but its offsets ${begin} to ${end} hold ${end - begin}`, name);
  }
  return { name, stored, shape, begin: start + begin, end: start + end };
}

/** Every byte of the data belongs to exactly one tensor. */
function checkCover(entries: readonly Entry[], start: number, { bytes, file }: Suspect): void {
  let position = start;
  let before = 'the header';
  for (const { name, begin, end } of entries) {
    if (begin < position) {
      fail(
        file,
        `starts at ${begin - start}, inside ${before} (ends at ${position - start})`,
        name,
      );
    }
    if (begin > position) {
      fail(
        file,
        `starts at ${begin - start}, a hole after ${before} (ends at ${position - start})`,
        name,
      );
    }
    if (end > bytes.length) {
      fail(
        file,
        `ends at ${end - start}, but the data has ${bytes.length - start} bytes; is it cut off?`,
        name,
      );
    }
    position = end;
    before = `tensor ${quote(name)}`;
  }
  if (position < bytes.length) {
    fail(file, `${bytes.length - position} bytes after ${before} belong to no tensor`);
  }
}

/** Infinity where the exact number would pass what a number can count. */
function bytesNeeded(shape: readonly number[], size: number): number {
  if (shape.includes(0)) return 0;
  const bytes = shape.reduce((product, length) => product * length, size);
  return Number.isSafeInteger(bytes) ? bytes : Number.POSITIVE_INFINITY;
}

/** The one name that a plain object cannot hold as data. */
function checkName(name: string, kind: string, file: string): void {
  if (name === '__proto__') fail(file, `a ${kind} must not be called "__proto__"`);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value from the header in a message, however long it is. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
