import type { Memory, Operand } from '../contract/backend.ts';
import type { DType, TypedArray } from '../contract/dtype.ts';
import { allocate, dtypeOf } from '../contract/dtype.ts';
import { DTypeError, UnsupportedError } from '../contract/errors.ts';
import { sizeOf } from '../contract/shape.ts';

/** The reference's memory: an ordinary typed array, freed by the garbage collector. */
export interface HostMemory extends Memory {
  readonly values: TypedArray;
}

function isHostMemory(memory: Memory): memory is HostMemory {
  return 'values' in memory && dtypeOf(memory.values) === memory.dtype;
}

/** Memory that is these values, not a copy. */
export function memoryOf(values: TypedArray): HostMemory {
  const dtype = dtypeOf(values);
  if (dtype === undefined) {
    throw new DTypeError('upload', 'takes Float32Array, Float64Array, Int32Array or Uint8Array');
  }
  return { dtype, length: values.length, values };
}

/** The operand's own elements as a window of its memory, without a copy. */
export function valuesOf(x: Operand): TypedArray {
  if (!isHostMemory(x.memory)) {
    throw new UnsupportedError(
      'reference',
      'the operand lies in the memory of another backend; read it there and upload it here',
    );
  }
  const size = sizeOf(x.shape);
  const { values } = x.memory;
  return x.offset === 0 && size === values.length
    ? values
    : values.subarray(x.offset, x.offset + size);
}

/** The elements of an int32 operand: ids. */
export function idsOf(x: Operand): Int32Array {
  const ids = valuesOf(x);
  if (ids instanceof Int32Array) return ids;
  throw new DTypeError('ids', `must be int32; got ${x.dtype}. Cast them first?`, { got: x.dtype });
}

/** New zeroed memory. */
export function newMemory(dtype: DType, length: number): HostMemory {
  return { dtype, length, values: allocate(dtype, length) };
}
