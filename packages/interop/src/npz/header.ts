import { FileError } from '@unroll/backend';

/** Where an array lies and what it is, as its .npy header says. */
export interface NpyHeader {
  /** NumPy's name of the dtype, such as `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly start: number;
}

/** Whom an error is about. */
export interface NpyPlace {
  readonly file: string;
  /** The array's name in an archive. */
  readonly array?: string;
}

export function failNpy({ file, array }: NpyPlace, words: string): never {
  const where =
    array === undefined ? file : `${file}: array ${JSON.stringify(array.slice(0, 100))}`;
  throw new FileError('npy', `${where}: ${words}`, { file, array });
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * The header of a .npy file: six bytes of magic, two of version, the length, and a Python dict as text, which is taken
 * apart by its grammar and never evaluated.
 *
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpyHeader(bytes: Uint8Array, place: NpyPlace): NpyHeader {
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    failNpy(place, 'is no .npy file');
  }
  const version = bytes[6];
  if (version < 1 || version > 3 || bytes[7] !== 0) {
    failNpy(place, `has version ${version}.${bytes[7]}; 1.0, 2.0 and 3.0 are read`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = from + length;
  if (start > bytes.length) {
    failNpy(
      place,
      `the header claims ${length} bytes, but ${bytes.length - from} are left; is it cut off?`,
    );
  }
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(
    bytes.subarray(from, start),
  );
  return { ...parseHeader(text, place), start };
}

const values = {
  descr: /'([^'\\]*)'/y,
  fortran_order: /(True|False)/y,
  shape: /\(((?:\d{1,15}, ?)*(?:\d{1,15})?)\)/y,
} as const;

type Key = keyof typeof values;

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` and nothing else, keys in any order. */
function parseHeader(text: string, place: NpyPlace): Omit<NpyHeader, 'start'> {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) return undefined;
    at = pattern.lastIndex;
    return found[1] ?? '';
  };
  const found = new Map<Key, string>();
  if (take(/\{\s*/y) === undefined) failNpy(place, 'the header is no dict');
  while (found.size < 3) {
    const key = take(/'(descr|fortran_order|shape)'\s*:\s*/y) as Key | undefined;
    if (!key || found.has(key)) {
      failNpy(place, "the header must have 'descr', 'fortran_order' and 'shape', each once");
    }
    const value = take(values[key]);
    if (value === undefined) failNpy(place, badValue(key, text.slice(at, at + 60)));
    found.set(key, value);
    if (take(/\s*,\s*/y) === undefined) break;
  }
  if (found.size < 3 || take(/\s*\}\s*$/y) === undefined) {
    failNpy(place, 'the header is not as NumPy writes it');
  }
  const sizes = found.get('shape')?.match(/\d+/g) ?? [];
  return {
    descr: found.get('descr') as string,
    fortranOrder: found.get('fortran_order') === 'True',
    shape: sizes.map(Number),
  };
}

function badValue(key: Key, given: string): string {
  if (key === 'descr') return `descr ${given}… is no plain dtype; save arrays of numbers`;
  return `${key} ${given}… is not as NumPy writes it`;
}
