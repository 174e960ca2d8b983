import { DataError, ShapeError } from '@unroll/backend';
import { Sequence } from '@unroll/tensor';
import { type Axis, describeAxis, reachOf, windowsOn } from './axis.ts';

/** Which row each tap of each window reads. */
export interface Plan {
  readonly windows: number;
  readonly taps: number;
  /** int32, window after window; `rows` (the first one that does not exist) beyond the data's ends. */
  readonly ids: Int32Array;
  /** Rows that there are. */
  readonly rows: number;
}

/** Windows over a batch of grids; the rows are its places, `[batch, height, width]`. */
export interface GridPlan extends Plan {
  /** `[batch, …windows along each axis]`. */
  readonly shape: readonly number[];
}

/**
 * Windows over grids of two axes, which a line is too: of height 1.
 *
 * @throws ShapeError when no window fits into an axis
 */
function gridPlan(
  operation: string,
  [batch, height, width]: readonly [number, number, number],
  axes: readonly [Axis, Axis],
): GridPlan {
  const [down, across] = axes;
  const tall = countOn(operation, 'height', height, down);
  const wide = countOn(operation, 'width', width, across);
  const rows = batch * height * width;
  const taps = down.size * across.size;
  const windows = batch * tall * wide;
  const ids = new Int32Array(windows * taps);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < tall; y++) {
      for (let x = 0; x < wide; x++) {
        for (let tapY = 0; tapY < down.size; tapY++) {
          const row = y * down.stride - down.before + tapY * down.dilation;
          const inside = row >= 0 && row < height;
          const from = (n * height + row) * width;
          for (let tapX = 0; tapX < across.size; tapX++) {
            const column = x * across.stride - across.before + tapX * across.dilation;
            ids[at++] = inside && column >= 0 && column < width ? from + column : rows;
          }
        }
      }
    }
  }
  return { windows, taps, ids, rows, shape: [batch, tall, wide] };
}

/** The plans of one layer: of a batch that is shaped as the last one was, it is the same again. */
export class GridPlans {
  readonly #operation: string;
  readonly #axes: readonly [Axis, Axis];
  #last: { readonly shape: string; readonly plan: GridPlan } | undefined;

  constructor(operation: string, axes: readonly [Axis, Axis]) {
    this.#operation = operation;
    this.#axes = axes;
  }

  of(batch: number, height: number, width: number): GridPlan {
    const shape = `${batch} ${height} ${width}`;
    if (this.#last?.shape !== shape) {
      const plan = gridPlan(this.#operation, [batch, height, width], this.#axes);
      this.#last = { shape, plan };
    }
    return this.#last.plan;
  }
}

/** Windows over sequences. */
export interface SequencePlan extends Plan {
  /** A sequence of what the windows give: its rows are theirs, in order. */
  readonly template: Sequence;
}

/**
 * Windows over each sequence by itself, which read nothing beyond its ends.
 *
 * @throws DataError when a sequence is too short for one window
 */
export function sequencePlan(operation: string, sequence: Sequence, axis: Axis): SequencePlan {
  const lengths = sequence.lengths.map((length) => windowsOn(length, axis));
  refuseShort(operation, sequence.lengths, lengths, axis);
  const template = Sequence.fromArrays(lengths.map((n) => new Int32Array(n)));
  const rows = sequence.rows.shape[0];
  const windows = template.rows.shape[0];
  const ids = new Int32Array(windows * axis.size);
  for (const [i, count] of lengths.entries()) {
    const length = sequence.lengths[i];
    for (let window = 0; window < count; window++) {
      const at = template.rowOf(i, window) * axis.size;
      for (let tap = 0; tap < axis.size; tap++) {
        const step = window * axis.stride - axis.before + tap * axis.dilation;
        ids[at + tap] = step >= 0 && step < length ? sequence.rowOf(i, step) : rows;
      }
    }
  }
  return { windows, taps: axis.size, ids, rows, template };
}

function countOn(operation: string, name: string, length: number, axis: Axis): number {
  const count = windowsOn(length, axis);
  if (count > 0) return count;
  throw new ShapeError(
    operation,
    `${describeAxis(axis)} does not fit into a ${name} of ${length}. Pad more, or take a smaller one?`,
    { length, reach: reachOf(axis) },
  );
}

function refuseShort(
  operation: string,
  given: readonly number[],
  made: readonly number[],
  axis: Axis,
): void {
  const short = made.flatMap((n, i) => (n > 0 ? [] : [i]));
  if (short.length === 0) return;
  const [first] = short;
  const others = short.length > 1 ? ` (and ${short.length - 1} more)` : '';
  throw new DataError(
    operation,
    `${describeAxis(axis)} does not fit into sequence ${first}${others}, which has ${given[first]} step${given[first] === 1 ? '' : 's'}. Pad more, or leave such sequences out.`,
    { sequences: short, length: given[first], reach: reachOf(axis) },
  );
}
