export type { DecodeOptions, HostArray, Metadata } from './arrays.ts';
export { decodeArrays, encodeArrays } from './arrays.ts';
export { type StoredDType, storedDTypes } from './dtypes.ts';
export type { Decoded, NamedTensors } from './tensors.ts';
export { decode, encode } from './tensors.ts';
