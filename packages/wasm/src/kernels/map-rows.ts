import type { Machine } from '../machine/machine.ts';

/** Vector code may touch so many bytes beyond its data. */
export const SLACK = 16;

/** How many rows of `length` floats are brought to the machine at a time, of so many elements together. */
export function rowsAtOnce(rows: number, length: number, elements: number): number {
  return Math.min(rows, Math.max(1, Math.floor(elements / Math.max(length, 1))));
}

/** Rows, and how many elements of them lie in the second cache together with what is made of them. */
interface Rows {
  readonly rows: number;
  readonly length: number;
  readonly elements: number;
}

/**
 * Rows made of rows of the same length by a function of the machine, some of them at a time, in borrowed workspace.
 *
 * @param compute is given the addresses of the inputs and of the result, the first row and how many there are
 */
export function mapRows(
  { arrays, heap, workspace }: Machine,
  inputs: readonly Float32Array[],
  { rows, length, elements }: Rows,
  compute: (from: readonly number[], to: number, first: number, count: number) => void,
): Float32Array {
  const results = arrays.take(rows * length);
  const together = rowsAtOnce(rows, length, elements);
  const space = () => workspace.borrow(4 * together * length + SLACK);
  const from = inputs.map(space);
  const to = space();
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    const [start, end] = [first * length, (first + count) * length];
    for (const [i, values] of inputs.entries()) {
      heap.floats.set(values.subarray(start, end), from[i] / 4);
    }
    compute(from, to, first, count);
    results.set(heap.floats.subarray(to / 4, to / 4 + count * length), start);
  }
  return results;
}
