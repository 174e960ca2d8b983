import { aroundAxis, type Memory, type Operand } from '@unroll/backend';
import type { Call } from '../job/calls-job.ts';
import { reach, resultOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { shareRows } from '../threads/shared-calls.ts';

/** Vector code may touch so many bytes beyond its data. */
export const SLACK = 16;

/** What an element costs, in the operations by which work is shared. */
const COST = 100;

/**
 * Rows made of rows of the same length by a function of the machine, on as many threads as are worth it; for one operation's
 * `during`.
 *
 * @param callFor is given the addresses of the inputs and of the result, the first row and how many there are
 */
export function mapRows(
  machine: Machine,
  inputs: readonly Operand[],
  callFor: (from: readonly number[], to: number, first: number, count: number) => Call,
): Memory {
  const { shape } = inputs[0];
  const { outer: rows, length } = aroundAxis(shape, shape.length - 1);
  return resultOf(machine, rows * length, (to) => {
    const from = inputs.map((x) => reach(machine, x));
    // The last vector of a thread's rows must not run into those of another.
    const unit = length % 4 === 0 ? 1 : Math.max(rows, 1);
    const operations = COST * (inputs.length + 1) * rows * length;
    shareRows(machine, { rows, unit, operations }, (first, count) => {
      const moved = (address: number) => address + 4 * length * first;
      return callFor(from.map(moved), moved(to), first, count);
    });
  });
}
