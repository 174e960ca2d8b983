import type { Program, Ref, Schedule, Value } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { chunksOf } from '../threads/shares.ts';
import { DEPTH } from './add-sum.ts';
import type { Compiled } from './compile.ts';
import { execute } from './execute.ts';
import { bringWhole } from './given.ts';
import {
  firstsOf,
  type Instruction,
  type Job,
  type JobSum,
  type NativeRight,
  phasesOfJob,
  type Rows,
  type Scratch,
} from './job.ts';
import { chunkUnitOf } from './native.ts';
import type { Instruction as Planned } from './plan.ts';
import { keyOf, type ProductPlan, sizesOf } from './products.ts';
import { type Places, rowCallsOf } from './row-calls.ts';
import { Tracing } from './tracing.ts';

/** A run of a compiled program: its rows in time and where everything lies. */
export interface Run {
  readonly machine: Machine;
  readonly compiled: Compiled;
  readonly schedule: Schedule;
  /** Values that are given. */
  readonly given: ReadonlyMap<Ref, Rows>;
  readonly buffers: readonly Rows[];
  /** How many entries of a source exist, by its name: a whole number for every row. */
  readonly lengths: ReadonlyMap<string, Rows>;
  /** The states `[batch, size]` by their place in the program, overwritten step by step. */
  readonly states: readonly number[];
  /** Where the states before each step are kept, `[rows, size]`; undefined where they are not. */
  readonly statesBefore: readonly (number | undefined)[];
  /** The right sides of products that a BLAS computes. */
  readonly native: ReadonlyMap<ProductPlan, NativeRight>;
  /** The packed right sides of the others, by the keys of their matrices. */
  readonly panels: ReadonlyMap<string, number>;
}

/** Runs a compiled program over all steps, then the sums, on as many threads as are worth it. */
export function runCompiled(run: Run, sums: readonly JobSum[] = []): void {
  const { machine, compiled, schedule } = run;
  const { team, tile, functions, heap, blas, trace } = machine;
  const count = team.sizeFor(workOf(run, sums), schedule.batchSizes[0]);
  const job = jobOf(run, sums, count);
  const tracing = trace.sink && new Tracing(trace, compiled.plan, job);
  const hands = {
    functions,
    stages: compiled.functions,
    tile,
    blas,
    floats: () => heap.floats,
    check: () => {},
    tracing,
  };
  const phases = phasesOfJob(job);
  team.share({ job, phases, count, code: compiled.code }, (phase) => {
    if (tracing) tracing.phase(() => execute(job, phase, 0, hands));
    else execute(job, phase, 0, hands);
  });
  tracing?.finish();
}

/** Where a value lies. */
export function rowsOf(run: Run, ref: Ref): Rows {
  const place = run.compiled.plan.layout.places.get(ref);
  if (!place) return run.given.get(ref) as Rows;
  const buffer = run.buffers[place.buffer];
  return { ...buffer, address: buffer.address + 4 * place.column };
}

function jobOf(run: Run, sums: readonly JobSum[], count: number): Job {
  const { compiled, machine, states, statesBefore } = run;
  const { batchSizes, reverse } = run.schedule;
  const { plan } = compiled;
  const bound = (instructions: readonly Planned[]) => instructions.map((x) => bind(run, x));
  const [before, loop] = [bound(plan.before), bound(plan.loop)];
  return {
    batchSizes,
    reverse,
    before,
    loop,
    after: bound(plan.after),
    states: plan.program.states.map(({ size, next }, i) => ({
      address: states[i],
      size,
      next: rowsOf(run, next),
      kept: statesBefore[i] ?? 0,
    })),
    sums,
    chunks: chunksOf(batchSizes, count, chunkUnitOf([...before, ...loop], batchSizes)),
    scratch: Array.from({ length: count }, () => scratchFor(machine, sums)),
  };
}

/** What one thread needs for some sums. */
export function scratchFor({ workspace, tile }: Machine, sums: readonly JobSum[]): Scratch {
  const products = sums.flatMap((sum) => (sum.kind === 'product' && !sum.native ? [sum] : []));
  const widest = (sizes: readonly number[]) =>
    Math.ceil(Math.max(0, ...sizes) / tile.columns) * tile.columns;
  const floats = (columns: number) => workspace.borrow(4 * DEPTH * columns);
  return {
    tile: workspace.borrow(4 * tile.columns * tile.rows),
    strips: floats(widest(products.map(({ m }) => m))),
    panels: floats(widest(products.map(({ n }) => n))),
  };
}

/** Multiplications and additions of all products. */
function workOf({ compiled: { plan }, schedule }: Run, sums: readonly JobSum[]): number {
  const total = firstsOf(schedule.batchSizes)[schedule.batchSizes.length];
  let work = 0;
  for (const instruction of [...plan.before, ...plan.loop, ...plan.after]) {
    if (instruction.kind !== 'product') continue;
    const { k, n } = sizesOf(instruction.product.matrix);
    work += 2 * k * n * total;
  }
  for (const sum of sums) if (sum.kind === 'product') work += 2 * sum.m * sum.n * total;
  return work;
}

function bind(run: Run, instruction: Planned): Instruction {
  switch (instruction.kind) {
    case 'fill':
      return fill(run, instruction.value);
    case 'product':
      return product(run, instruction.product, instruction.accumulate);
    case 'stage':
      return stage(run, instruction);
    case 'rows':
      return { kind: 'rows', calls: rowCallsOf(instruction.value, placesOf(run)) };
  }
}

function fill(run: Run, ref: Ref): Instruction {
  const value = programOf(run).values[ref] as Extract<Value, { kind: 'affine' }>;
  const bias = value.bias === undefined ? 0 : rowsOf(run, value.bias).address;
  return { kind: 'fill', target: rowsOf(run, ref), bias, columns: value.size as number };
}

function product(run: Run, plan: ProductPlan, accumulate: boolean): Instruction {
  const left = rowsOf(run, plan.operands[0]);
  const target = rowsOf(run, plan.results[0]);
  const product = { left, target, ...sizesOf(plan.matrix), accumulate };
  const right = run.native.get(plan);
  if (right) return { kind: 'native', ...product, right };
  return { kind: 'product', ...product, panels: run.panels.get(keyOf(plan.matrix)) as number };
}

function stage(run: Run, instruction: Planned): Instruction {
  const compiled = run.compiled.stages.get(instruction);
  if (!compiled) throw new TypeError('a stage that was not compiled');
  const ports = compiled.ports.map((port) =>
    port.kind === 'buffer' ? run.buffers[port.buffer] : (run.given.get(port.ref) as Rows),
  );
  return { kind: 'stage', name: compiled.fn.name, ports };
}

/** Where things lie, for calls of functions over rows. */
export function placesOf(run: Run): Places {
  const { machine, compiled, lengths } = run;
  const program = programOf(run);
  return {
    program,
    rows: (ref) => rowsOf(run, ref),
    lengths(ref) {
      const source = compiled.sources[ref];
      if (source !== undefined) return lengths.get(source) as Rows;
      const all = bringWhole(machine, [program.values[ref].size as number]);
      return { address: all, stride: 0, everyRow: false };
    },
  };
}

function programOf(run: Run): Program {
  return run.compiled.plan.program;
}
