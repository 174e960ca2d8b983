import { DataError, IndexError, type Schedule, ShapeError } from '@unroll/backend';

/**
 * Where the rows of a batch of sequences lie: step after step, and within a step in order of falling length, so that the
 * living rows of step t are the first `batchSizes[t]`. Host integers only; sequences that are mapped share one layout.
 */
export class Layout {
  /** Rows of each sequence, in the user's order. */
  readonly lengths: readonly number[];
  /** The user's row at each position inside: longest first, equals in the user's order. */
  readonly batchOrder: readonly number[];
  /** Sequences that live at each step. */
  readonly batchSizes: readonly number[];
  /** The first row of each step, and the number of all rows. */
  readonly starts: readonly number[];
  /** The position inside of each of the user's rows. */
  readonly positions: readonly number[];
  /** Whether the user's order is the order inside. */
  readonly inOrder: boolean;

  constructor(lengths: readonly number[]) {
    this.lengths = lengths;
    this.batchOrder = lengths.map((_, i) => i).sort((i, j) => lengths[j] - lengths[i] || i - j);
    this.positions = inverse(this.batchOrder);
    this.inOrder = this.batchOrder.every((row, position) => row === position);
    this.batchSizes = livingAt(this.batchOrder.map((i) => lengths[i]));
    this.starts = startsOf(this.batchSizes);
  }

  get batch(): number {
    return this.lengths.length;
  }

  get time(): number {
    return this.batchSizes.length;
  }

  get rows(): number {
    return this.starts[this.time];
  }

  equals(other: Layout): boolean {
    if (this === other) return true;
    return this.batch === other.batch && this.lengths.every((n, i) => n === other.lengths[i]);
  }

  schedule(reverse: boolean): Schedule {
    return { batchSizes: this.batchSizes, reverse };
  }

  /** The row of a step of one of the user's sequences. */
  rowOf(sequence: number, step: number): number {
    const length = this.lengths[sequence];
    if (length === undefined) {
      throw new IndexError(
        'rowOf',
        `there is no sequence ${sequence} in a batch of ${this.batch}`,
        {
          sequence,
          batch: this.batch,
        },
      );
    }
    if (!Number.isInteger(step) || step < 0 || step >= length) {
      throw new IndexError('rowOf', `sequence ${sequence} has ${length} steps; got step ${step}`, {
        step,
        length,
      });
    }
    return this.starts[step] + this.positions[sequence];
  }

  /** The rows of one of the user's sequences, first to last. */
  rowsOf(sequence: number): Int32Array {
    const position = this.positions[sequence];
    return Int32Array.from({ length: this.lengths[sequence] }, (_, t) => this.starts[t] + position);
  }

  /** For each row what `at` says of its sequence (the user's number) and step. */
  eachRow(at: (sequence: number, step: number) => number): Int32Array {
    const out = new Int32Array(this.rows);
    for (const [step, living] of this.batchSizes.entries()) {
      const start = this.starts[step];
      for (let p = 0; p < living; p++) out[start + p] = at(this.batchOrder[p], step);
    }
    return out;
  }

  /** For each place of a batch `[batch, time]` in the user's order its row, or `absent` beyond the end. */
  padded(absent: number): Int32Array {
    const out = new Int32Array(this.batch * this.time).fill(absent);
    for (let i = 0; i < this.batch; i++) out.set(this.rowsOf(i), i * this.time);
    return out;
  }
}

/** The layout of lengths that were checked: whole numbers, at least one sequence, and no empty one. */
export function layoutOf(operation: string, lengths: ArrayLike<number>): Layout {
  const list = Array.from(lengths);
  if (list.length === 0) throw new DataError(operation, 'a batch needs at least one sequence');
  const broken = list.findIndex((n) => !Number.isInteger(n) || n < 0);
  if (broken >= 0) {
    throw new DataError(
      operation,
      `lengths must be whole numbers; got ${list[broken]} for sequence ${broken}`,
      { sequence: broken, length: list[broken] },
    );
  }
  const empty = list.flatMap((n, i) => (n === 0 ? [i] : []));
  if (empty.length > 0) {
    throw new DataError(
      operation,
      `a sequence needs at least one step; ${name(empty)} of length 0. Leave such sequences out.`,
      { sequences: empty },
    );
  }
  return new Layout(list);
}

/** Layouts that are kept, of whole batches: in a loop it is the same one again and again. */
const KEPT = 8;
const even: Layout[] = [];

/** The layout of `batch` sequences of `time` steps each. */
export function evenLayout(operation: string, batch: number, time: number): Layout {
  for (const layout of even) {
    if (layout.batch === batch && layout.time === time) return layout;
  }
  const layout = layoutOf(operation, new Array<number>(batch).fill(time));
  even.unshift(layout);
  even.length = Math.min(even.length, KEPT);
  return layout;
}

/** Lengths for a batch `[batch, time, …]`, checked against both. */
export function layoutWithin(
  operation: string,
  lengths: ArrayLike<number>,
  batch: number,
  time: number,
): Layout {
  if (lengths.length !== batch) {
    throw new ShapeError(operation, `got ${lengths.length} lengths for a batch of ${batch}`, {
      lengths: lengths.length,
      batch,
    });
  }
  const layout = layoutOf(operation, lengths);
  const long = layout.lengths.findIndex((n) => n > time);
  if (long >= 0) {
    throw new ShapeError(
      operation,
      `sequence ${long} has length ${layout.lengths[long]}, but the batch has ${time} steps`,
      { sequence: long, length: layout.lengths[long], time },
    );
  }
  return layout;
}

function name(sequences: readonly number[]): string {
  const listed = sequences.slice(0, 10).join(', ');
  if (sequences.length === 1) return `sequence ${listed} is`;
  return `sequences ${listed}${sequences.length > 10 ? ', …' : ''} are`;
}

function inverse(order: readonly number[]): number[] {
  const out = new Array<number>(order.length);
  for (const [position, row] of order.entries()) out[row] = position;
  return out;
}

/** How many of the lengths, which fall, are greater than each step. */
function livingAt(falling: readonly number[]): number[] {
  const out: number[] = [];
  let living = falling.length;
  for (let step = 0; step < falling[0]; step++) {
    while (falling[living - 1] <= step) living -= 1;
    out.push(living);
  }
  return out;
}

function startsOf(batchSizes: readonly number[]): number[] {
  const starts = [0];
  for (const living of batchSizes) starts.push(starts[starts.length - 1] + living);
  return starts;
}
