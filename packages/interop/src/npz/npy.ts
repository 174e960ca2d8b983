import type { DType, Shape, TypedArray } from '@unroll/backend';
import { type HostArray, type StoredDType, storedDTypes } from '@unroll/safetensors';
import { failNpy, type NpyPlace, readNpyHeader } from './header.ts';

/** NumPy's dtypes by the name of the same one in a safetensors file, which says how it is read. */
const storedAs: ReadonlyMap<string, string> = new Map([
  ['<f8', 'F64'],
  ['<f4', 'F32'],
  ['<f2', 'F16'],
  ['<i8', 'I64'],
  ['<i4', 'I32'],
  ['|b1', 'BOOL'],
]);

const written: Readonly<Record<DType, string>> = {
  float64: '<f8',
  float32: '<f4',
  int32: '<i4',
  bool: '|b1',
};

/** The array of a .npy file, row by row whatever order it was stored in. Nothing in the file is trusted. */
export function decodeNpy(bytes: Uint8Array, place: NpyPlace): HostArray {
  const { descr, fortranOrder, shape, start } = readNpyHeader(bytes, place);
  const stored = storedDTypes.get(storedAs.get(descr) ?? '');
  if (!stored) failNpy(place, unreadable(descr));
  checkLength(bytes.length - start, shape, stored, place);
  const values = stored.read(new Uint8Array(bytes.subarray(start)));
  if (typeof values === 'string') failNpy(place, values);
  const rowMajor = fortranOrder && shape.length > 1 ? fromColumnMajor(values, shape) : values;
  return { dtype: stored.dtype, shape, values: rowMajor };
}

function unreadable(descr: string): string {
  const hint = descr.startsWith('>')
    ? ` It is big-endian: save x.astype("<${descr.slice(1)}").`
    : '';
  return `dtype ${JSON.stringify(descr.slice(0, 40))} is not one that is read (${[...storedAs.keys()].join(', ')}).${hint}`;
}

function checkLength(length: number, shape: Shape, { size }: StoredDType, place: NpyPlace): void {
  const needed = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, size);
  if (needed === length) return;
  failNpy(place, `shape [${shape.join(', ')}] needs ${needed} bytes; it has ${length}`);
}

/** Values whose first axis runs fastest, so that the last one does. */
function fromColumnMajor<T extends TypedArray>(values: T, shape: Shape): T {
  const out = values.slice() as T;
  const at = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++at[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      at[axis] = 0;
    }
  }
  return out;
}

/** The bytes of a .npy file, version 1.0. */
export function encodeNpy({ dtype, shape, values }: HostArray): Uint8Array<ArrayBuffer> {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${written[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The numbers start at a multiple of 64, as the format wants; a line end closes the header.
  const start = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const out = new Uint8Array(start + values.byteLength).fill(0x20, 0, start);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(out.buffer).setUint16(8, start - 10, true);
  out.set(new TextEncoder().encode(dict), 10);
  out[start - 1] = 0x0a;
  out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start);
  return out;
}
