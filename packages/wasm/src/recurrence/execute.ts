import { addSum } from './add-sum.ts';
import type { Hands } from './hands.ts';
import {
  firstsOf,
  type Instruction,
  type Job,
  type Phase,
  type Rows,
  type Scratch,
  startsInChunks,
} from './job.ts';
import { multiplyNatively, shareOfRows } from './native.ts';

/** Left sides are taken in blocks of about this many bytes, which stay in the cache while all panels pass by. */
const BLOCK_BYTES = 131_072;

/**
 * Computes one thread's share of a phase. Every element is computed by the same instructions in the same order whatever
 * the number of threads, so its bits are the same.
 */
export function execute(job: Job, phase: Phase, index: number, hands: Hands): void {
  if (phase === 'loop') new Chunk(job, index, hands).run();
  else if (phase === 'sums') {
    for (const sum of job.sums) {
      hands.check();
      const add = () => addSum(hands, sum, job, index);
      if (hands.tracing) hands.tracing.measure(sum, firstsOf(job.batchSizes).at(-1) ?? 0, add);
      else add();
    }
  } else {
    const [from, to] = shareOfRows(job, phase, index, hands.tile.rows);
    for (const instruction of job[phase]) {
      hands.check();
      prepare(hands, instruction, 0, job.scratch[index])(from, to - from);
    }
  }
}

/** The rows of some sequences over all steps: the same run with every address moved by the first of them. */
class Chunk {
  readonly #job: Job;
  readonly #index: number;
  readonly #hands: Hands;
  readonly #firsts: readonly number[];
  readonly #from: number;

  constructor(job: Job, index: number, hands: Hands) {
    this.#job = job;
    this.#index = index;
    this.#hands = hands;
    this.#firsts = firstsOf(job.batchSizes);
    this.#from = job.chunks[index];
  }

  run(): void {
    const { batchSizes, reverse, before, loop } = this.#job;
    if (startsInChunks(this.#job)) {
      const early = this.#prepared(before);
      for (const t of batchSizes.keys()) this.#step(early, t);
    }
    const steps = this.#prepared(loop);
    for (let i = 0; i < batchSizes.length; i++) {
      const t = reverse ? batchSizes.length - 1 - i : i;
      this.#hands.check();
      this.#keepStates(t);
      this.#step(steps, t);
      this.#carryStates(t);
    }
  }

  #prepared(instructions: readonly Instruction[]): Step[] {
    const scratch = this.#job.scratch[this.#index];
    return instructions.map((x) => prepare(this.#hands, x, this.#from, scratch));
  }

  #step(steps: readonly Step[], t: number): void {
    const rows = this.#living(t);
    if (rows > 0) for (const step of steps) step(this.#firsts[t], rows);
  }

  /** How many of the chunk's sequences reach step t: the longest come first. */
  #living(t: number): number {
    const end = Math.min(this.#job.batchSizes[t], this.#job.chunks[this.#index + 1]);
    return Math.max(0, end - this.#from);
  }

  /** Copies the states of the living rows to where the backward run will look for them. */
  #keepStates(t: number): void {
    for (const { address, size, kept } of this.#job.states) {
      if (kept === 0) continue;
      const to = kept + 4 * size * (this.#firsts[t] + this.#from);
      this.#copy(address + 4 * size * this.#from, to, size * this.#living(t));
    }
  }

  /** The new states of the living rows; the others keep theirs. */
  #carryStates(t: number): void {
    const living = this.#living(t);
    for (const { address, size, next } of this.#job.states) {
      const from = at(moved(next, this.#from), this.#firsts[t]);
      const to = address + 4 * size * this.#from;
      if (next.stride === 4 * size) this.#copy(from, to, size * living);
      else {
        for (let row = 0; row < living; row++) {
          this.#copy(from + row * next.stride, to + 4 * size * row, size);
        }
      }
    }
  }

  #copy(from: number, to: number, floats: number): void {
    this.#hands.floats().copyWithin(to / 4, from / 4, from / 4 + floats);
  }
}

/** An instruction for the rows of a step, given where they begin and how many there are. */
type Step = (first: number, rows: number) => void;

/** The instruction over rows that begin `by` rows later. */
function prepare(hands: Hands, instruction: Instruction, by: number, scratch: Scratch): Step {
  const { tracing } = hands;
  const step = prepared(hands, instruction, by, scratch);
  if (tracing === undefined) return step;
  return (first, rows) => tracing.measure(instruction, rows, () => step(first, rows));
}

function prepared(hands: Hands, instruction: Instruction, by: number, scratch: Scratch): Step {
  switch (instruction.kind) {
    case 'fill':
      return fill(hands, instruction, by);
    case 'product':
      return product(hands, instruction, by, scratch);
    case 'native':
      return native(hands, instruction, by);
    case 'stage':
      return stage(hands, instruction, by);
    case 'rows':
      return overRows(hands, instruction, by);
  }
}

type Of<K extends Instruction['kind']> = Extract<Instruction, { kind: K }>;

function moved<R extends Rows>(rows: R, by: number): R {
  return { ...rows, address: rows.address + by * rows.stride };
}

function at(rows: Rows, first: number): number {
  return rows.everyRow ? rows.address + first * rows.stride : rows.address;
}

function fill({ functions }: Hands, { target, bias, columns }: Of<'fill'>, by: number): Step {
  const to = moved(target, by);
  return (first, rows) => functions.fillRows(at(to, first), to.stride, bias, columns, rows);
}

function product(
  { functions, tile }: Hands,
  instruction: Of<'product'>,
  by: number,
  scratch: Scratch,
): Step {
  const { panels, k, n } = instruction;
  const [left, target] = [moved(instruction.left, by), moved(instruction.target, by)];
  const multiply = functions.product_rows;
  const accumulate = Number(instruction.accumulate);
  const block = Math.max(1, Math.floor(BLOCK_BYTES / (4 * k * tile.rows))) * tile.rows;
  // A single row reads several panels side by side, and writes whole ones.
  const byRow = n % tile.columns === 0;
  return (first, rows) => {
    const [a, c] = [at(left, first), at(target, first)];
    if (rows === 1 && byRow) {
      functions.product_row(a, panels, c, n, k, accumulate);
      return;
    }
    for (let row = 0; row < rows; row += block) {
      const [from, to] = [a + row * left.stride, c + row * target.stride];
      const m = Math.min(block, rows - row);
      multiply(
        ...[from, left.stride, panels, to, target.stride],
        ...[m, n, k, accumulate, scratch.tile],
      );
    }
  };
}

function native(hands: Hands, instruction: Of<'native'>, by: number): Step {
  const [left, target] = [moved(instruction.left, by), moved(instruction.target, by)];
  return (first, rows) =>
    multiplyNatively(hands, instruction, [at(left, first), at(target, first)], rows);
}

function stage({ stages }: Hands, { name, ports }: Of<'stage'>, by: number): Step {
  const fn = stages[name];
  const from = ports.map((port) => moved(port, by));
  const args = new Array<number>(ports.length + 1);
  return (first, rows) => {
    args[0] = rows;
    for (let i = 0; i < from.length; i++) args[i + 1] = at(from[i], first);
    fn(...args);
  };
}

/** Parameters of a call: rows, then address and stride of each port, then the constants. */
function overRows({ functions }: Hands, { calls }: Of<'rows'>, by: number): Step {
  const steps = calls.map(({ name, ports, constants }): Step => {
    const fn = functions[name];
    const from = ports.map((port) => moved(port, by));
    const args = [0, ...from.flatMap(({ address, stride }) => [address, stride]), ...constants];
    return (first, rows) => {
      args[0] = rows;
      for (let i = 0; i < from.length; i++) args[1 + 2 * i] = at(from[i], first);
      fn(...args);
    };
  });
  return (first, rows) => {
    for (const step of steps) step(first, rows);
  };
}
