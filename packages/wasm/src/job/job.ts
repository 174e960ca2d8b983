/** Rows of floats in the machine's memory. */
export interface Rows {
  readonly address: number;
  /** Bytes from row to row. */
  readonly stride: number;
  /** One for every row of every step, or only for the rows of one step. */
  readonly everyRow: boolean;
}

/** Rows of `columns` floats, without gaps. */
export function tight(address: number, columns: number, everyRow: boolean): Rows {
  return { address, stride: 4 * columns, everyRow };
}

/** An instruction of a plan with the addresses of everything it touches. */
export type Instruction =
  /** `bias` is 0 where there is none. */
  | {
      readonly kind: 'fill';
      readonly target: Rows;
      readonly bias: number;
      readonly columns: number;
    }
  | {
      readonly kind: 'product';
      readonly left: Rows;
      readonly target: Rows;
      readonly panels: number;
      readonly k: number;
      readonly n: number;
      readonly accumulate: boolean;
    }
  /** The same, computed by a BLAS. */
  | {
      readonly kind: 'native';
      readonly left: Rows;
      readonly target: Rows;
      readonly right: NativeRight;
      readonly k: number;
      readonly n: number;
      readonly accumulate: boolean;
    }
  /** A compiled function, by its name. */
  | { readonly kind: 'stage'; readonly name: string; readonly ports: readonly Rows[] }
  /** Functions over rows, one after the other. */
  | { readonly kind: 'rows'; readonly calls: readonly RowCall[] };

/** A window of a weight as it is, or its transpose, as the right side of a product. */
export interface NativeRight {
  readonly address: number;
  /** Floats from row to row. */
  readonly stride: number;
  readonly transposed: boolean;
  /** Rows of the left side in one call; not fewer where there are so many. */
  readonly rowsAtOnce: number;
}

/** A function over rows with where its operands lie, the result last. */
export interface RowCall {
  readonly name: string;
  readonly ports: readonly Rows[];
  readonly constants: readonly number[];
}

/** A state `[batch, size]` that is overwritten step by step. */
interface CarriedState {
  readonly address: number;
  readonly size: number;
  /** Its next value. */
  readonly next: Rows;
  /** Where the states before each step are kept, `[rows, size]`; 0 where they are not. */
  readonly kept: number;
}

/**
 * A sum over all steps, added to what is there: into `n` columns from `column` on of something `width` wide. Threads share
 * those `width` columns, so that two sums into one element are added by one thread, in order.
 */
export type JobSum = {
  readonly n: number;
  readonly column: number;
  readonly width: number;
} & (
  | /** leftᵀ · right, `[m, n]`; `stride` is of the target. */
  {
      readonly kind: 'product';
      readonly left: Rows;
      readonly right: Rows;
      readonly m: number;
      readonly target: number;
      readonly stride: number;
      /** Whether a BLAS computes it. */
      readonly native: boolean;
    }
  /** The column sums. */
  | { readonly kind: 'columns'; readonly x: Rows; readonly target: number }
  /** Each row to its sequence, `[batch, n]`. */
  | { readonly kind: 'steps'; readonly x: Rows; readonly target: number }
  /** A function that adds the rows of each step; `cut` says which of its ports lie in the columns that threads share. */
  | ({ readonly kind: 'rows'; readonly cut: readonly boolean[] } & RowCall)
);

/** Memory that one thread computes with. */
export interface Scratch {
  /** Rows of one panel, as high as a tile. */
  readonly tile: number;
  readonly strips: number;
  readonly panels: number;
}

/**
 * A run of a compiled program as plain data: what is computed, and where everything lies. Threads over one memory need
 * nothing else, and allocate nothing.
 */
export interface Job {
  readonly batchSizes: readonly number[];
  readonly reverse: boolean;
  readonly before: readonly Instruction[];
  readonly loop: readonly Instruction[];
  readonly after: readonly Instruction[];
  readonly states: readonly CarriedState[];
  readonly sums: readonly JobSum[];
  /** Sequences at which the threads' chunks begin, and their end. */
  readonly chunks: readonly number[];
  /** One for each thread. */
  readonly scratch: readonly Scratch[];
}

/** What all threads have finished before one begins the next. */
export type Phase = 'before' | 'loop' | 'after' | 'sums';

/** Row numbers at which the steps begin, and their end. */
export function firstsOf(batchSizes: readonly number[]): number[] {
  const firsts = [0];
  for (const [t, rows] of batchSizes.entries()) firsts.push(firsts[t] + rows);
  return firsts;
}

/** The phases in which a job has something to do; never more than three. */
export function phasesOfJob(job: Job): Phase[] {
  const phases: Phase[] = ['loop'];
  if (job.before.length > 0 && !startsInChunks(job)) phases.unshift('before');
  if (job.after.length > 0) phases.push('after');
  if (job.sums.length > 0) phases.push('sums');
  return phases;
}

/** Whether each thread computes what comes before the loop for its own chunk, so that nobody waits. */
export function startsInChunks({ before, after, sums }: Job): boolean {
  return before.length > 0 && after.length > 0 && sums.length > 0;
}
