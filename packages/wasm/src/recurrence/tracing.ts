import {
  operandsOf,
  type Program,
  type Ref,
  type Sum,
  sumFlops,
  valueFlops,
} from '@unroll/backend';
import type { Watch } from '../job/hands.ts';
import type { Instruction, Job, JobSum, Phase } from '../job/job.ts';
import type { Trace } from '../machine/trace.ts';
import type { Plan, Instruction as Planned } from './plan.ts';
import { sizesOf } from './products.ts';

/** Work of a stage for one row; of a source all entries count that the code has room for. */
interface Label {
  readonly stage: string;
  readonly flops: number;
  readonly bytes: number;
}

/** Tells a trace about the stages of one run, as far as this thread has them. */
export class Tracing implements Watch {
  readonly #trace: Trace;
  readonly #labels = new Map<Instruction | JobSum, Label>();
  readonly #shared: boolean;
  /** Bytes that are copied for a row between two steps: the state to where it is kept, and the next one to its place. */
  readonly #carried: number;
  /** Rows whose states are copied next. */
  #rows = 0;

  constructor(trace: Trace, plan: Plan, job: Job) {
    this.#trace = trace;
    this.#shared = job.scratch.length > 1;
    this.#carried = job.states.reduce((n, { size, kept }) => n + 8 * size * (kept ? 2 : 1), 0);
    for (const phase of ['before', 'loop', 'after'] as const) {
      for (const [i, planned] of plan[phase].entries()) {
        this.#labels.set(job[phase][i], labelOf(plan, phase, planned));
      }
    }
    for (const [sum, label] of labelsOfSums(plan, job)) this.#labels.set(sum, label);
    trace.mark('copies');
  }

  /** Runs this thread's part of a phase. */
  phase(run: () => void): void {
    this.#trace.mark(this.#shared ? 'synchronisation' : 'copies');
    this.#rows = 0;
    run();
    this.#betweenSteps();
  }

  /** After the last phase, when the other threads have finished theirs. */
  finish(): void {
    if (this.#shared) this.#trace.mark('synchronisation');
  }

  /** Runs an instruction or a sum over so many rows. */
  measure(what: Instruction | JobSum, rows: number, run: () => void): void {
    this.#betweenSteps();
    run();
    this.#rows = rows;
    const { stage, flops, bytes } = this.#labels.get(what) as Label;
    this.#trace.mark(stage, flops * rows, bytes * rows);
  }

  /** Between two instructions nothing happens but that the states are carried. */
  #betweenSteps(): void {
    this.#trace.mark('copies', 0, this.#carried * this.#rows);
    this.#rows = 0;
  }
}

function labelOf(plan: Plan, phase: Exclude<Phase, 'sums'>, planned: Planned): Label {
  const { program } = plan;
  switch (planned.kind) {
    case 'product': {
      const { k, n } = sizesOf(planned.product.matrix);
      return { stage: productStage(program, phase), flops: 2 * k * n, bytes: 4 * (k + n) };
    }
    case 'fill':
      return { stage: 'pointwise', flops: 0, bytes: 4 * columnsOf(program, planned.value) };
    case 'stage':
      return { stage: 'pointwise', ...workOf(plan, planned.values) };
    case 'rows':
      return { stage: 'rows', ...workOf(plan, [planned.value]) };
  }
}

/** A program with sums is a derivative: what it computes after the loop are the gradients of inputs. */
function productStage({ sums }: Program, phase: Exclude<Phase, 'sums'>): string {
  if (phase === 'before') return 'input product';
  if (phase === 'loop') return 'recurrent products';
  return sums.length > 0 ? 'input gradient' : 'output product';
}

/** Of values that are computed together: what they read from elsewhere, and what they store. */
function workOf({ program, layout }: Plan, refs: readonly Ref[]): Omit<Label, 'stage'> {
  const read = new Set(refs.flatMap((ref) => operandsOf(program.values[ref])));
  const touched = [...refs, ...read].filter((ref, i, all) => all.indexOf(ref) === i);
  const moved = touched.filter((ref) => !refs.includes(ref) || layout.places.has(ref));
  return {
    flops: refs.reduce((n, ref) => n + valueFlops(program, ref), 0),
    bytes: moved.reduce((n, ref) => n + 4 * columnsOf(program, ref), 0),
  };
}

/** Threads share a sum by its columns. Products come first, then the others in the program's order. */
function labelsOfSums({ program }: Plan, { sums, scratch }: Job): [JobSum, Label][] {
  const others = program.sums.filter(({ kind }) => kind !== 'product').values();
  return sums.map((sum) => {
    const [flops, floats] =
      sum.kind === 'product'
        ? [2 * sum.m * sum.n, sum.m + sum.n]
        : [sumFlops(program, others.next().value as Sum), sum.n];
    const [threads, stage] = [scratch.length, 'weight gradients'];
    return [sum, { stage, flops: flops / threads, bytes: (4 * floats) / threads }];
  });
}

function columnsOf(program: Program, ref: Ref): number {
  return program.values[ref].size as number;
}
