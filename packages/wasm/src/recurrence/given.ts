import type { Operand, Size } from '@unroll/backend';
import { bring, bringZeros, floatsOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { capacityOf, columnsFor, type SourceEntries } from './prepare.ts';

/** Rows of all steps, in workspace; room that a capacity leaves at their ends is 0. */
export function bringRows(
  machine: Machine,
  operand: Operand,
  size: Size,
  entries: SourceEntries,
): number {
  const [columns, capacity] = [columnsFor(size, entries), capacityOf(size, entries)];
  if (columns === capacity) return bring(machine, operand);
  const values = floatsOf(operand);
  const rows = columns === 0 ? 0 : values.length / columns;
  const address = bringZeros(machine, rows * capacity);
  const { floats } = machine.heap;
  for (let row = 0; row < rows; row++) {
    const from = values.subarray(row * columns, (row + 1) * columns);
    floats.set(from, address / 4 + row * capacity);
  }
  return address;
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
): number {
  const once = bringRows(machine, operand, size, entries);
  const columns = capacityOf(size, entries);
  const total = batchSizes.reduce((a, b) => a + b, 0);
  const address = machine.workspace.borrow(4 * columns * total);
  const { floats } = machine.heap;
  let to = address / 4;
  for (const living of batchSizes) {
    floats.copyWithin(to, once / 4, once / 4 + living * columns);
    to += living * columns;
  }
  return address;
}
