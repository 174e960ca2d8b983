import type { DType, TypedArray } from '@unroll/backend';

/** How the elements of a stored dtype become ours. `bytes` is a copy of exactly the tensor's bytes, aligned. */
export interface StoredDType {
  /** Bytes of one element. */
  readonly size: number;
  /** The dtype that it is read into. */
  readonly dtype: DType;
  /** The values; a string says which element cannot be read, and why. */
  readonly read: (bytes: Uint8Array<ArrayBuffer>) => TypedArray | string;
}

/**
 * The dtypes that are read, by their name in a file. Half precision becomes float32 without loss; int64 becomes int32
 * where every value fits. Files and typed arrays are both little-endian.
 */
export const storedDTypes: ReadonlyMap<string, StoredDType> = new Map<string, StoredDType>([
  ['F64', { size: 8, dtype: 'float64', read: (bytes) => new Float64Array(bytes.buffer) }],
  ['F32', { size: 4, dtype: 'float32', read: (bytes) => new Float32Array(bytes.buffer) }],
  ['F16', { size: 2, dtype: 'float32', read: (bytes) => widen(bytes, halfBits) }],
  ['BF16', { size: 2, dtype: 'float32', read: (bytes) => widen(bytes, (bits) => bits << 16) }],
  ['I64', { size: 8, dtype: 'int32', read: narrowIntegers }],
  ['I32', { size: 4, dtype: 'int32', read: (bytes) => new Int32Array(bytes.buffer) }],
  ['BOOL', { size: 1, dtype: 'bool', read: checkBools }],
]);

/** What each of our dtypes is called in a file. */
export const storedNames: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  int32: 'I32',
  bool: 'BOOL',
};

function widen(bytes: Uint8Array<ArrayBuffer>, bitsOf: (bits: number) => number): Float32Array {
  const stored = new Uint16Array(bytes.buffer);
  const out = new Float32Array(stored.length);
  const bits = new Int32Array(out.buffer);
  for (let i = 0; i < stored.length; i++) bits[i] = bitsOf(stored[i]);
  return out;
}

/** The bits of a float32 with the value of a float16 (IEEE 754 binary16: 1 sign, 5 exponent, 10 mantissa bits). */
function halfBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (mantissa << 13);
  // The exponent's bias goes from 15 to 127.
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  // Subnormal in half precision, not in single: mantissa · 2⁻²⁴.
  return sign | new Int32Array(Float32Array.of(mantissa / 16777216).buffer)[0];
}

function narrowIntegers(bytes: Uint8Array<ArrayBuffer>): Int32Array | string {
  const words = new Int32Array(bytes.buffer);
  const out = new Int32Array(words.length / 2);
  for (let i = 0; i < out.length; i++) {
    out[i] = words[2 * i];
    // The upper word of an integer that fits is its sign.
    if (words[2 * i + 1] !== out[i] >> 31) {
      const value = new BigInt64Array(bytes.buffer)[i];
      return `element ${i} is ${value}, which does not fit int32`;
    }
  }
  return out;
}

function checkBools(bytes: Uint8Array<ArrayBuffer>): Uint8Array | string {
  const wrong = bytes.findIndex((value) => value > 1);
  return wrong < 0 ? bytes : `element ${wrong} is ${bytes[wrong]}; a bool is 0 or 1`;
}
