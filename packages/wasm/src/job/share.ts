import { addSum } from './add-sum.ts';
import type { Hands } from './hands.ts';
import { firstsOf, type Job, type Phase, startsInChunks } from './job.ts';
import { shareOfRows } from './native.ts';
import { at, moved, type Step, stepOf } from './steps.ts';

/**
 * One thread's share of a job, made ready for as many runs as there are. Every element is computed by the same
 * instructions in the same order whatever the number of threads, so its bits are the same.
 */
export class Share {
  readonly #job: Job;
  readonly #index: number;
  readonly #hands: Hands;
  readonly #firsts: readonly number[];
  readonly #total: number;
  /** The first of this thread's sequences. */
  readonly #from: number;
  readonly #carries: readonly Carry[];
  #loop: readonly Step[] | undefined;
  #before: readonly Step[] | undefined;
  #after: readonly Step[] | undefined;

  constructor(job: Job, index: number, hands: Hands) {
    this.#job = job;
    this.#index = index;
    this.#hands = hands;
    this.#firsts = firstsOf(job.batchSizes);
    this.#total = this.#firsts[job.batchSizes.length];
    this.#from = job.chunks[index] ?? 0;
    this.#carries = job.states.map((state) => new Carry(state, this.#from, hands));
  }

  /** Computes its part of a phase. */
  run(phase: Phase): void {
    if (phase === 'loop') this.#runChunk();
    else if (phase === 'sums') this.#runSums();
    else this.#runRows(phase);
  }

  #runSums(): void {
    const { check, watch } = this.#hands;
    for (const sum of this.#job.sums) {
      check();
      const add = () => addSum(this.#hands, sum, this.#job, this.#index, this.#firsts);
      if (watch) watch.measure(sum, this.#total, add);
      else add();
    }
  }

  #runRows(phase: 'before' | 'after'): void {
    const { rows } = this.#hands.tile;
    const [from, to] = shareOfRows(this.#job, phase, this.#total, this.#index, rows);
    const steps = phase === 'before' ? this.#stepsBefore(0) : this.#stepsAfter();
    for (const step of steps) {
      this.#hands.check();
      step(from, to - from);
    }
  }

  /** The rows of some sequences over all steps: every address is moved by the first of them. */
  #runChunk(): void {
    const { batchSizes, reverse } = this.#job;
    const length = batchSizes.length;
    if (startsInChunks(this.#job)) {
      const early = this.#stepsBefore(this.#from);
      for (let t = 0; t < length; t++) this.#step(early, t);
    }
    this.#loop ??= this.#steps(this.#job.loop, this.#from);
    for (let i = 0; i < length; i++) {
      const t = reverse ? length - 1 - i : i;
      this.#hands.check();
      const living = this.#living(t);
      for (const carry of this.#carries) carry.keep(this.#firsts[t], living);
      this.#step(this.#loop, t);
      for (const carry of this.#carries) carry.carry(this.#firsts[t], living);
    }
  }

  #step(steps: readonly Step[], t: number): void {
    const rows = this.#living(t);
    if (rows === 0) return;
    for (let i = 0; i < steps.length; i++) steps[i](this.#firsts[t], rows);
  }

  /** How many of the chunk's sequences reach step t: the longest come first. */
  #living(t: number): number {
    const end = Math.min(this.#job.batchSizes[t], this.#job.chunks[this.#index + 1]);
    return Math.max(0, end - this.#from);
  }

  #stepsBefore(from: number): readonly Step[] {
    this.#before ??= this.#steps(this.#job.before, from);
    return this.#before;
  }

  #stepsAfter(): readonly Step[] {
    this.#after ??= this.#steps(this.#job.after, 0);
    return this.#after;
  }

  #steps(instructions: Job['loop'], from: number): Step[] {
    const scratch = this.#job.scratch[this.#index];
    return instructions.map((x) => stepOf(this.#hands, x, from, scratch));
  }
}

/** Takes a state of a chunk from one step to the next. */
class Carry {
  readonly #state: Job['states'][number];
  readonly #next: Job['states'][number]['next'];
  readonly #copy: Hands['functions'][string];
  /** Where the chunk's rows of the state lie. */
  readonly #address: number;
  readonly #from: number;

  constructor(state: Job['states'][number], from: number, { functions }: Hands) {
    this.#state = state;
    this.#next = moved(state.next, from);
    this.#copy = functions.copyColumns;
    this.#address = state.address + 4 * state.size * from;
    this.#from = from;
  }

  /** Copies the living rows to where the backward run will look for them. */
  keep(first: number, living: number): void {
    const { kept, size } = this.#state;
    if (kept === 0) return;
    const to = kept + 4 * size * (first + this.#from);
    this.#copy(living, this.#address, 4 * size, to, 4 * size, size);
  }

  /** The new state of the living rows; the others keep theirs. */
  carry(first: number, living: number): void {
    const { size } = this.#state;
    const next = this.#next;
    this.#copy(living, at(next, first), next.stride, this.#address, 4 * size, size);
  }
}
