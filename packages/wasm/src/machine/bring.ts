import { allocate, type Operand, sizeOf } from '@unroll/backend';
import type { Rows } from '../job/job.ts';
import { addressOf, type HostMemory, hostMemory, valuesOf } from '../memory/host-memory.ts';
import type { PackedForm } from '../memory/packed-weights.ts';
import type { Machine } from './machine.ts';

/** Vector code may touch so many bytes beyond its data. */
const SLACK = 16;

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

/**
 * The same, and a result too is read where it lies. It lies elsewhere in the next call, so this is not for what follows from
 * addresses.
 */
export function reach(machine: Machine, operand: Operand): number {
  return addressOf(operand) ?? machine.results.addressOf(operand) ?? bringCopy(machine, operand);
}

/** Copies floats into the machine's memory, in workspace. */
export function bringCopy(machine: Machine, operand: Operand): number {
  const { heap, results, workspace } = machine;
  const length = sizeOf(operand.shape);
  const address = workspace.borrow(4 * length + SLACK);
  const lying = results.addressOf(operand);
  if (lying === undefined) heap.floats.set(floatsOf(operand), address / 4);
  else heap.floats.copyWithin(address / 4, lying / 4, lying / 4 + length);
  machine.trace.copied(length);
  return address;
}

/** An operand's floats where they lie, for a look at some of them; good until memory is borrowed or made. */
export function look(machine: Machine, operand: Operand): Float32Array {
  const lying = machine.results.addressOf(operand);
  if (lying === undefined) return floatsOf(operand);
  return machine.heap.floats.subarray(lying / 4, lying / 4 + sizeOf(operand.shape));
}

/** So many floats that `compute` writes to an address, as a tensor's memory; for one operation's `during`. */
export function resultOf(
  machine: Machine,
  length: number,
  compute: (address: number) => void,
): HostMemory {
  const { arrays, heap, results, workspace } = machine;
  const made = results.make(length);
  if (made === undefined) {
    const address = workspace.borrow(4 * length + SLACK);
    compute(address);
    return hostMemory('float32', arrays.copy(heap.floats, address / 4, length));
  }
  try {
    compute(made.address);
  } catch (error) {
    results.giveBack(made.memory);
    throw error;
  }
  return made.memory;
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

/** Several results, of so many floats each, that are computed together. */
export function resultsOf<const L extends readonly number[]>(
  machine: Machine,
  lengths: L,
  compute: (addresses: readonly number[]) => void,
): { -readonly [K in keyof L]: HostMemory } {
  const made: HostMemory[] = [];
  const next = (addresses: readonly number[]): void => {
    const at = addresses.length;
    if (at === lengths.length) compute(addresses);
    else made[at] = resultOf(machine, lengths[at], (address) => next([...addresses, address]));
  };
  next([]);
  return made as { -readonly [K in keyof L]: HostMemory };
}
