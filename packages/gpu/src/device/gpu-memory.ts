import { type DType, type Memory, type Operand, sizeOf, UnsupportedError } from '@unroll/backend';
import type { Content } from './content.ts';

/** The memory of this backend. Numbers of every dtype are float32 on the device. */
export class GpuMemory implements Memory {
  readonly dtype: DType;
  content: Content;

  constructor(dtype: DType, content: Content) {
    this.dtype = dtype;
    this.content = content;
  }

  get length(): number {
    return this.content.length;
  }
}

/** The memory of an operand, which must be this backend's. */
export function memoryOf(x: Operand): GpuMemory {
  if (x.memory instanceof GpuMemory) return x.memory;
  throw new UnsupportedError(
    'gpu',
    'the operand lies in the memory of another backend; read it there and upload it here',
  );
}

export function contentOf(x: Operand): Content {
  return memoryOf(x).content;
}

/** Whether an operand is all of its memory. */
export function isWhole(x: Operand): boolean {
  return x.offset === 0 && sizeOf(x.shape) === x.memory.length;
}
