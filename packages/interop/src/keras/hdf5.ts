import { FileError, type Shape } from '@unroll/backend';
import type { Dataset, Group } from 'h5wasm';

/** One array of an HDF5 file; its numbers are read when they are asked for, once its shape is known to fit. */
export interface StoredArray {
  readonly path: string;
  readonly shape: Shape;
  /** Byte order and letter, as Python's struct has them: `<f`, `<d`. */
  readonly dtype: string;
  read(): Float32Array | Float64Array;
}

export function failKeras(file: string, words: string, path?: string, cause?: unknown): never {
  const where = path === undefined ? file : `${file}: ${path}`;
  throw new FileError('loadKeras', `${where}: ${words}`, { file, path }, cause);
}

/** No model has as many groups and arrays, nor so deep ones; links may make a file endless. */
const mostObjects = 100_000;
const deepest = 32;

/** What the file begins with: \x89HDF\r\n\x1a\n. */
const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Gives the arrays of an HDF5 file to `use`; they can be read until it returns. The reader (`h5wasm`, 2 MB) is loaded when
 * it is first needed.
 *
 * @throws FileError for what the HDF5 library refuses
 */
export async function withHdf5<T>(
  bytes: Uint8Array,
  file: string,
  use: (arrays: readonly StoredArray[]) => T,
): Promise<T> {
  if (signature.some((byte, i) => bytes[i] !== byte)) failKeras(file, 'is no HDF5 file');
  const reader = await import('h5wasm');
  const library = await reader.ready;
  // Without it the library prints its errors.
  library.activate_throwing_error_handler();
  const { FS } = library;
  const name = `unroll-${crypto.randomUUID()}.h5`;
  FS.writeFile(name, bytes);
  try {
    const root = trying(file, undefined, () => new reader.File(name, 'r'));
    try {
      return use(trying(file, undefined, () => arraysOf(reader, root, file)));
    } finally {
      root.close();
    }
  } finally {
    FS.unlink(name);
  }
}

/** The library tells the whole way down to what was wrong; the last line is it. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [last] = [...text.matchAll(/ in \S+: (.+)/g)].toReversed();
  return last?.[1] ?? text.split('\n')[0];
}

type Reader = typeof import('h5wasm');

/** What the library throws becomes one error that names the file. */
function trying<T>(file: string, path: string | undefined, fn: () => T): T {
  try {
    return fn();
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const reason = reasonOf(cause);
    failKeras(file, `cannot be read as HDF5 (${reason}); is it damaged?`, path, cause);
  }
}

function arraysOf(reader: Reader, root: Group, file: string): StoredArray[] {
  const found: StoredArray[] = [];
  const stack: { group: Group; path: string; depth: number }[] = [
    { group: root, path: '', depth: 0 },
  ];
  let seen = 0;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { group, path, depth } = next;
    for (const key of group.keys()) {
      const at = path === '' ? key : `${path}/${key}`;
      seen += 1;
      if (seen > mostObjects || depth > deepest) {
        failKeras(
          file,
          'has more groups than any model; do its links go in a circle?',
          at.slice(0, 200),
        );
      }
      const child = group.get(key);
      if (child instanceof reader.Group) stack.push({ group: child, path: at, depth: depth + 1 });
      else if (child instanceof reader.Dataset) found.push(stored(child, at, file));
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function stored(dataset: Dataset, path: string, file: string): StoredArray {
  const { shape, dtype } = dataset;
  return {
    path,
    shape: shape ?? [],
    dtype: typeof dtype === 'string' ? dtype : 'a compound',
    read: () => {
      const values = trying(file, path, () => dataset.value);
      if (values instanceof Float32Array || values instanceof Float64Array) return values;
      failKeras(file, `its numbers could not be read as ${dtype}`, path);
    },
  };
}
