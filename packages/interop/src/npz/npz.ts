import type { NamedTensors } from '@unroll/safetensors';
import { type Tensor, tensor } from '@unroll/tensor';
import { readZip } from '../zip/read-zip.ts';
import { writeZip } from '../zip/write-zip.ts';
import { decodeNpy, encodeNpy } from './npy.ts';

export interface NpzOptions {
  /** How the file is called in error messages; default `'file'`. */
  file?: string;
  /** What the archive may unpack to, in bytes; default 4 GiB. */
  maxBytes?: number;
}

/**
 * The arrays of a NumPy archive (`numpy.savez`, `numpy.savez_compressed`) as tensors on the current backend. float16 becomes
 * float32, int64 becomes int32 where every value fits; pickled objects are refused. Nothing in the file is trusted.
 *
 * @throws FileError naming the file, the array and what is wrong: cut off, damaged, lying, too large, another dtype
 * @example
 * const tensors = decodeNpz(await encodeNpz({ x: ones([2, 3]) }));
 */
export function decodeNpz(
  source: Uint8Array | ArrayBuffer,
  { file = 'file', maxBytes }: NpzOptions = {},
): Record<string, Tensor> {
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  const entries = readZip({ bytes, file }, maxBytes);
  const named = [...entries].map(([entry, read]) => {
    const array = entry.replace(/\.npy$/, '');
    const { values, dtype, shape } = decodeNpy(read(), { file, array });
    return [array, tensor(values, { dtype, shape })] as const;
  });
  return Object.fromEntries(named);
}

/**
 * The bytes of a NumPy archive that `numpy.load` reads. Equal tensors in equal order give equal bytes.
 *
 * @param tensors float32, float64, int32 or bool tensors of any shape, on any backend
 * @example
 * const bytes = await encodeNpz({ weight: ones([2, 3]) });
 */
export async function encodeNpz(tensors: NamedTensors): Promise<Uint8Array<ArrayBuffer>> {
  const named = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  const entries = new Map<string, Uint8Array>();
  for (const [name, x] of named as [string, Tensor][]) {
    const { dtype, shape } = x;
    entries.set(`${name}.npy`, encodeNpy({ dtype, shape, values: await x.data() }));
  }
  return writeZip(entries);
}
