import type { Program, Ref, Schedule, Value } from '@unroll/backend';
import type { Instruction, Job, JobSum, NativeRight, Rows, Scratch } from '../job/job.ts';
import { chunkUnitOf } from '../job/native.ts';
import { chunksOf } from '../job/shares.ts';
import type { Machine } from '../machine/machine.ts';
import type { Compiled } from './compile.ts';
import type { Plan, Instruction as Planned } from './plan.ts';
import { keyOf, type ProductPlan, sizesOf } from './products.ts';
import { type Places, rowCallsOf } from './row-calls.ts';

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
  /** Sizes as whole numbers, by themselves. */
  readonly wholes: ReadonlyMap<number, Rows>;
  /** The states `[batch, size]` by their place in the program, overwritten step by step. */
  readonly states: readonly number[];
  /** Where the states before each step are kept, `[rows, size]`; undefined where they are not. */
  readonly statesBefore: readonly (number | undefined)[];
  /** The right sides of products that a BLAS computes. */
  readonly native: ReadonlyMap<ProductPlan, NativeRight>;
  /** The packed right sides of the others, by the keys of their matrices. */
  readonly panels: ReadonlyMap<string, number>;
}

/** Where a value lies. */
export function rowsOf(run: Run, ref: Ref): Rows {
  const place = run.compiled.plan.layout.places.get(ref);
  if (!place) return run.given.get(ref) as Rows;
  const buffer = run.buffers[place.buffer];
  return { ...buffer, address: buffer.address + 4 * place.column };
}

/** What a run computes, with the addresses of everything; `scratch` for each thread. */
export function jobOf(run: Run, sums: readonly JobSum[], scratch: readonly Scratch[]): Job {
  const { compiled, states, statesBefore } = run;
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
    chunks: chunksOf(batchSizes, scratch.length, chunkUnitOf([...before, ...loop], batchSizes)),
    scratch,
  };
}

/** Multiplications and additions of all products, over so many rows. */
export function workOf(plan: Plan, total: number): number {
  const sums = plan.sums.map(({ matrix }) => matrix);
  const products = [...plan.before, ...plan.loop, ...plan.after].flatMap((instruction) =>
    instruction.kind === 'product' ? [instruction.product.matrix] : [],
  );
  return [...products, ...sums].reduce((work, matrix) => {
    const { k, n } = sizesOf(matrix);
    return work + 2 * k * n * total;
  }, 0);
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
  const { compiled, lengths, wholes } = run;
  const program = programOf(run);
  return {
    program,
    rows: (ref) => rowsOf(run, ref),
    lengths(ref) {
      const source = compiled.sources[ref];
      if (source !== undefined) return lengths.get(source) as Rows;
      return wholes.get(program.values[ref].size as number) as Rows;
    },
  };
}

function programOf(run: Run): Program {
  return run.compiled.plan.program;
}
