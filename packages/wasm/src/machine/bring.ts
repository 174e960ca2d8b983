import { allocate, type Operand, sizeOf } from '@unroll/backend';
import type { Rows } from '../job/job.ts';
import { addressOf, valuesOf } from '../memory/host-memory.ts';
import type { PackedForm } from '../memory/packed-weights.ts';
import type { Machine } from './machine.ts';

/** The floats of an operand. */
export function floatsOf(operand: Operand): Float32Array {
  return valuesOf(operand) as Float32Array;
}

/** One matrix of a batch, or the only one. */
export function matrixOf(x: Operand, index: number): Operand {
  const shape = [1, x.shape[1], x.shape[2]];
  return { ...x, offset: x.offset + (x.shape[0] === 1 ? 0 : index * sizeOf(shape)), shape };
}

/** Where an operand lies that is only read: copied into workspace, where it is no resident. */
export function bring(machine: Machine, operand: Operand): number {
  return addressOf(operand) ?? bringCopy(machine, operand);
}

/** Copies floats into the machine's memory, in workspace. */
export function bringCopy(machine: Machine, operand: Operand): number {
  const values = floatsOf(operand);
  const address = machine.workspace.borrow(4 * values.length);
  machine.heap.floats.set(values, address / 4);
  machine.trace.copied(values.length);
  return address;
}

/** Where a form of a weight lies: the copy that is kept, or one in workspace where none is. */
export function bringForm(
  { workspace }: Machine,
  { bytes, pack }: PackedForm,
  kept: number | undefined,
): number {
  if (kept !== undefined) return kept;
  const address = workspace.borrow(bytes);
  pack(address);
  return address;
}

/** Zeros in workspace. */
export function bringZeros(machine: Machine, length: number): number {
  const address = machine.workspace.borrow(4 * length);
  machine.heap.floats.fill(0, address / 4, address / 4 + length);
  return address;
}

/** Whole numbers in workspace. */
export function bringWhole(machine: Machine, values: ArrayLike<number>): number {
  const address = machine.workspace.borrow(4 * values.length);
  new Int32Array(machine.heap.memory.buffer, address, values.length).set(values);
  return address;
}

/** Copies rows out of the machine's memory, without what lies between them. */
export function takeOut(
  machine: Machine,
  rows: Rows,
  count: number,
  columns: number,
): Float32Array {
  const { floats } = machine.heap;
  machine.trace.copied(count * columns);
  const start = rows.address / 4;
  if (rows.stride === 4 * columns) return machine.arrays.copy(floats, start, count * columns);
  const out = allocate('float32', count * columns);
  for (let row = 0; row < count; row++) {
    const from = start + (row * rows.stride) / 4;
    out.set(floats.subarray(from, from + columns), row * columns);
  }
  return out;
}
