import { type Tensor, tensor } from '@unroll/tensor';
import {
  type DecodeOptions,
  decodeArrays,
  encodeArrays,
  type HostArray,
  type Metadata,
} from './arrays.ts';

/** Tensors under names: a `stateDict`, or a Map of the same. */
export type NamedTensors = Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>;

/** What a file held. */
export interface Decoded {
  readonly tensors: Record<string, Tensor>;
  readonly metadata: Record<string, string>;
}

/**
 * The bytes of a safetensors file that holds these tensors. Equal tensors and metadata give equal bytes, whatever their
 * order.
 *
 * @param tensors float32, float64, int32 or bool tensors of any shape, on any backend
 * @param metadata strings under names, such as the format's version
 * @throws OptionError for a name that the format reserves or metadata that is no string
 *
 * @example
 * const bytes = await encode({ 'lstm.0.b': zeros([8]) }, { format: '1' });
 */
export async function encode(
  tensors: NamedTensors,
  metadata: Metadata = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const named = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  const arrays: [string, HostArray][] = [];
  for (const [name, x] of named as [string, Tensor][]) {
    arrays.push([name, { dtype: x.dtype, shape: x.shape, values: await x.data() }]);
  }
  return encodeArrays(Object.fromEntries(arrays), metadata);
}

/**
 * The tensors of a safetensors file, on the current backend. F16 and BF16 become float32, I64 becomes int32 where every value
 * fits; other dtypes are refused. Nothing in the file is trusted.
 *
 * @throws FileError, naming the file and the tensor, when the file is cut off, lies or is of another format
 *
 * @example
 * const { tensors, metadata } = decode(await encode({ x: ones([2, 3]) }));
 */
export function decode(source: Uint8Array | ArrayBuffer, options: DecodeOptions = {}): Decoded {
  const { arrays, metadata } = decodeArrays(source, options);
  const tensors = Object.entries(arrays).map(
    ([name, { dtype, shape, values }]) => [name, tensor(values, { dtype, shape })] as const,
  );
  return { tensors: Object.fromEntries(tensors), metadata };
}
