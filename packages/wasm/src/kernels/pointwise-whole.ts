import { sizeOf } from '@unroll/backend';
import { reach } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { valuesOf } from '../memory/host-memory.ts';
import { shareRows } from '../threads/shared-calls.ts';
import type { Formulas } from './formulas.ts';
import { SLACK } from './map-rows.ts';
import type { Input, PointwiseCall } from './pointwise-call.ts';

/** What an element of an operand costs beside memory that is read and written, in the operations by which work is shared. */
const COST = 32;
/** Elements of one row are shared in whole lines of the cache. */
const LINE = 16;

/** Computes a formula where its operands lie, to the addresses of its results, on as many threads as are worth it. */
export function runWhole(
  machine: Machine,
  formulas: Formulas,
  call: PointwiseCall,
  outputs: readonly number[],
): void {
  const { formula, inputs, output, n, rows } = call;
  const own = formulas.compile({ formula, inputs: inputs.map((x) => x.lane), output });
  const from = inputs.map((x) => placeOf(machine, x));
  const cost = COST * (inputs.length + outputs.length) + 4 * formula.steps.length;
  const operations = cost * n * rows;
  if (rows === 1) {
    shareRows(machine, { rows: n, unit: LINE, operations, own }, (start, count) => {
      const moved = (address: number, bytes: number) => [address + bytes * start, 0];
      const args = inputs.flatMap(({ lane }, i) => moved(from[i], bytesOf[lane]));
      const targets = outputs.flatMap((address) => moved(address, 4));
      return { name: 'pointwise', args: [count, 1, ...args, ...targets] };
    });
    return;
  }
  // The last vector of a thread's rows must not run into those of another.
  const unit = n % 4 === 0 ? 1 : rows;
  shareRows(machine, { rows, unit, operations, own }, (start, count) => {
    const args = inputs.flatMap(({ lane, rowStride }, i) => {
      const stride = (lane === 'bools' ? 1 : 4) * rowStride;
      return [from[i] + stride * start, stride];
    });
    const targets = outputs.flatMap((address) => [address + 4 * n * start, 4 * n]);
    return { name: 'pointwise', args: [n, count, ...args, ...targets] };
  });
}

/** Bytes of an element along a row. */
const bytesOf = { floats: 4, bools: 1, one: 0 } as const;

function placeOf(machine: Machine, { operand }: Input): number {
  if (operand.dtype !== 'bool') return reach(machine, operand);
  const address = machine.workspace.borrow(sizeOf(operand.shape) + SLACK);
  machine.heap.bytes.set(valuesOf(operand), address);
  return address;
}
