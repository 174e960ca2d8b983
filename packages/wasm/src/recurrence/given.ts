import type { Operand, Program, Ref, Scan, Size } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { bring, bringZeros, floatsOf, tight } from './bind.ts';
import type { Rows } from './job.ts';
import { capacityOf, columnsFor, type SourceEntries } from './prepare.ts';

/** Copies whole numbers into the machine's memory, in workspace. */
export function bringWhole(machine: Machine, values: readonly number[]): number {
  const address = machine.workspace.borrow(4 * values.length);
  new Int32Array(machine.heap.memory.buffer, address, values.length).set(values);
  return address;
}

/** Rows of all steps, in workspace; room that a capacity leaves at their ends is 0. */
export function bringRows(
  machine: Machine,
  operand: Operand,
  size: Size,
  entries: SourceEntries,
): Rows {
  const values = floatsOf(operand);
  const [columns, capacity] = [columnsFor(size, entries), capacityOf(size, entries)];
  if (columns === capacity) return tight(bring(machine, values), columns, true);
  const rows = columns === 0 ? 0 : values.length / columns;
  const address = bringZeros(machine, rows * capacity);
  const { floats } = machine.heap;
  for (let row = 0; row < rows; row++) {
    const from = values.subarray(row * columns, (row + 1) * columns);
    floats.set(from, address / 4 + row * capacity);
  }
  return tight(address, capacity, true);
}

/** One row for each sequence, repeated at every step: what is computed from it need not wait for the loop. */
export function bringSequence(
  machine: Machine,
  operand: Operand,
  size: Size,
  {
    entries,
    batchSizes,
  }: { readonly entries: SourceEntries; readonly batchSizes: readonly number[] },
): Rows {
  const once = bringRows(machine, operand, size, entries);
  const columns = once.stride / 4;
  const total = batchSizes.reduce((a, b) => a + b, 0);
  const address = machine.workspace.borrow(once.stride * total);
  const { floats } = machine.heap;
  let to = address / 4;
  for (const living of batchSizes) {
    floats.copyWithin(to, once.address / 4, once.address / 4 + living * columns);
    to += living * columns;
  }
  return tight(address, columns, true);
}

/** How many entries of each source exist, for every row of every step. */
export function bringLengths(
  machine: Machine,
  { schedule: { batchSizes }, lengths }: Scan,
): Map<string, Rows> {
  const all = Object.entries(lengths).map(([source, existing]): [string, Rows] => {
    const everyRow = batchSizes.flatMap((living) => existing.slice(0, living));
    return [source, tight(bringWhole(machine, everyRow), 1, true)];
  });
  return new Map(all);
}

/** The memories of a program, `[batch, source, size]`: a row holds all entries of a sequence. */
export function bringMemories(
  machine: Machine,
  program: Program,
  memories: Scan['memories'],
): Map<Ref, Rows> {
  const given = new Map<Ref, Rows>();
  for (const [ref, value] of program.values.entries()) {
    if (value.kind !== 'memory') continue;
    const memory = memories[value.name];
    const [, entries, size] = memory.shape;
    given.set(ref, tight(bring(machine, floatsOf(memory)), entries * size, false));
  }
  return given;
}
