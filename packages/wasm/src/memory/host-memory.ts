import { type Memory, type Operand, sizeOf, type TypedArray } from '@unroll/backend';

/** A tensor's memory: an ordinary typed array, freed by the garbage collector, as the reference keeps it. */
export interface HostMemory extends Memory {
  /** In the garbage collector's hands or, of a resident, in the machine's memory. */
  values: TypedArray;
  /** Where a resident lies in the machine's memory. */
  address?: number;
  /** Whether it goes back soon. */
  isLent?: boolean;
  /** Rises with every `assign`, from undefined on; a packed copy is valid while it stays. */
  version?: number;
  /** Leaves the machine's memory for good, where a result lies there. */
  leave?(): void;
}

/** New memory that is these values, not a copy. */
export function hostMemory(dtype: HostMemory['dtype'], values: TypedArray): HostMemory {
  return { dtype, length: values.length, values, version: 0 };
}

/** The operand's own elements, a window without a copy. */
export function valuesOf({ memory, offset, shape }: Operand): TypedArray {
  const { values } = memory as HostMemory;
  const size = sizeOf(shape);
  return offset === 0 && size === values.length ? values : values.subarray(offset, offset + size);
}

/** Where an operand lies in the machine's memory; undefined where it must be brought. */
export function addressOf({ memory, offset }: Operand): number | undefined {
  const { address } = memory as HostMemory;
  return address === undefined ? undefined : address + 4 * offset;
}

/** Which writing of its memory an operand shows. */
export function versionOf({ memory }: Operand): number {
  return (memory as HostMemory).version ?? 0;
}

/** Says that an operand's memory was written into. */
export function written({ memory }: Operand): void {
  const host = memory as HostMemory;
  host.version = (host.version ?? 0) + 1;
}
