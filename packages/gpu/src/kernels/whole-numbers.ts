import {
  type DType,
  type Kernels,
  type Memory,
  type Operand,
  reference,
  type TypedArray,
} from '@unroll/backend';
import { Content } from '../device/content.ts';
import { valuesOnHost } from '../device/device.ts';
import { GpuMemory, memoryOf } from '../device/gpu-memory.ts';

const host = reference().kernels;

/** Memory of the reference. */
type HostMemory = Memory & { readonly values: TypedArray };

/** Whether the host computes with these operands: whole numbers whose values it knows. */
export function areHostNumbers(operands: readonly Operand[], result?: DType): boolean {
  if (result === 'float32') return false;
  return operands.every((x) => x.dtype !== 'float32' && memoryOf(x).content.host !== undefined);
}

/** An operand as the reference sees it. */
export function onHost(x: Operand): Operand {
  const values = valuesOnHost(x) as TypedArray;
  const memory: HostMemory = { dtype: x.dtype, length: values.length, values };
  return { ...x, memory, offset: 0 };
}

/** What the reference computed, as memory of this backend. */
export function fromHost(memory: Memory): GpuMemory {
  const { values } = memory as HostMemory;
  return new GpuMemory(memory.dtype, new Content(values.length, values));
}

/** A kernel of the reference on operands that the host knows. */
export function hostKernel(run: (kernels: Kernels) => Memory): GpuMemory {
  return fromHost(run(host));
}

/** `target` gets other values: its content gives way to a changed copy. */
export function assignOnHost(target: Operand, source: Operand): void {
  const memory = memoryOf(target);
  const values = (memory.content.host as TypedArray).slice();
  values.set(valuesOnHost(source) as TypedArray, target.offset);
  memory.content = new Content(values.length, values);
}
