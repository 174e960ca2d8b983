import {
  type Column,
  isRowComputation,
  type Program,
  type Ref,
  rowKernelOf,
  type Schedule,
  type Value,
} from '@unroll/backend';
import { PANEL } from '../kernels/tile.ts';
import type { Machine } from '../machine/machine.ts';
import type { Compiled } from './compile.ts';
import type { Instruction } from './plan.ts';
import type { Matrix, ProductPlan } from './products.ts';

/** Rows of floats in the machine's memory. */
export interface Rows {
  readonly address: number;
  /** Bytes from row to row. */
  readonly stride: number;
  /** One for every row of every step, or only for the rows of one step. */
  readonly everyRow: boolean;
}

/** A run of a compiled program: its rows in time and where everything lies. */
export interface Run {
  readonly machine: Machine;
  readonly compiled: Compiled;
  readonly schedule: Schedule;
  /** Values that are given. */
  readonly given: ReadonlyMap<Ref, Rows>;
  readonly buffers: readonly Rows[];
  /** The states `[batch, size]` by their place in the program, overwritten step by step. */
  readonly states: readonly number[];
  /** Where the states before each step are kept, `[rows, size]`; undefined where they are not. */
  readonly statesBefore: readonly (number | undefined)[];
  /** The packed right side of a product. */
  readonly panels: (matrix: Matrix) => number;
}

/** Left sides are taken in blocks of about this many bytes, which stay in the cache while all panels pass by. */
const BLOCK_BYTES = 131_072;

/** Runs a compiled program over all steps. */
export function runCompiled(run: Run): void {
  const { plan } = run.compiled;
  const { batchSizes, reverse } = run.schedule;
  const firsts = firstsOf(batchSizes);
  const total = firsts[batchSizes.length];
  const loop = plan.loop.map((instruction) => prepare(run, instruction));
  const order = batchSizes.map((_, t) => (reverse ? batchSizes.length - 1 - t : t));
  execute(run, plan.before, total);
  for (const t of order) {
    keepStates(run, firsts[t], batchSizes[t]);
    for (const step of loop) step(firsts[t], batchSizes[t]);
    carryStates(run, firsts[t], batchSizes[t]);
  }
  execute(run, plan.after, total);
}

/** Row numbers at which the steps begin, and their end. */
export function firstsOf(batchSizes: readonly number[]): number[] {
  const firsts = [0];
  for (const [t, rows] of batchSizes.entries()) firsts.push(firsts[t] + rows);
  return firsts;
}

/** Runs instructions for all rows at once. */
function execute(run: Run, instructions: readonly Instruction[], total: number): void {
  for (const instruction of instructions) prepare(run, instruction)(0, total);
}

/** An instruction for the rows of a step, given where they begin and how many there are. */
type Step = (first: number, rows: number) => void;

function prepare(run: Run, instruction: Instruction): Step {
  switch (instruction.kind) {
    case 'fill':
      return fill(run, instruction.value);
    case 'product':
      return product(run, instruction.product, instruction.accumulate);
    case 'stage':
      return stage(run, instruction);
    case 'rows':
      return overRows(run, instruction.value);
  }
}

/** Where a value lies. */
export function rowsOf(run: Run, ref: Ref): Rows {
  const place = run.compiled.plan.layout.places.get(ref);
  if (!place) return run.given.get(ref) as Rows;
  const buffer = run.buffers[place.buffer];
  return { ...buffer, address: buffer.address + 4 * place.column };
}

function at(rows: Rows, first: number): number {
  return rows.everyRow ? rows.address + first * rows.stride : rows.address;
}

function fill(run: Run, ref: Ref): Step {
  const { fillRows } = run.machine.functions;
  const target = rowsOf(run, ref);
  const value = programOf(run).values[ref] as Extract<Value, { kind: 'affine' }>;
  const bias = value.bias === undefined ? 0 : rowsOf(run, value.bias).address;
  const columns = value.size as number;
  return (first, rows) => fillRows(at(target, first), target.stride, bias, columns, rows);
}

function product(run: Run, plan: ProductPlan, accumulate: boolean): Step {
  const { functions, workspace, tileRows } = run.machine;
  const multiply = functions.product_rows;
  const [left, target] = [rowsOf(run, plan.operands[0]), rowsOf(run, plan.results[0])];
  const { k, n } = sizesOf(plan.matrix);
  const panels = run.panels(plan.matrix);
  const scratch = workspace.borrow(4 * PANEL * tileRows);
  const block = Math.max(1, Math.floor(BLOCK_BYTES / (4 * k * tileRows))) * tileRows;
  return (first, rows) => {
    const [a, c] = [at(left, first), at(target, first)];
    for (let row = 0; row < rows; row += block) {
      const m = Math.min(block, rows - row);
      multiply(
        a + row * left.stride,
        left.stride,
        panels,
        c + row * target.stride,
        target.stride,
        m,
        n,
        k,
        accumulate ? 1 : 0,
        scratch,
      );
    }
  };
}

/** Rows and columns of the right side of a product. */
export function sizesOf({ rows, columns, transposed }: Matrix): { k: number; n: number } {
  const [height, width] = [rows[1] - rows[0], columns[1] - columns[0]];
  return transposed ? { k: width, n: height } : { k: height, n: width };
}

function stage(run: Run, instruction: Instruction): Step {
  const { stages, functions } = run.compiled;
  const compiled = stages.get(instruction);
  if (!compiled) throw new TypeError('a stage that was not compiled');
  const ports = compiled.ports.map((port) =>
    port.kind === 'buffer' ? run.buffers[port.buffer] : (run.given.get(port.ref) as Rows),
  );
  const fn = functions[compiled.fn.name];
  const args = new Array<number>(ports.length + 1);
  return (first, rows) => {
    args[0] = rows;
    for (const [i, port] of ports.entries()) args[i + 1] = at(port, first);
    fn(...args);
  };
}

/** Row by row: the reference's kernel, over this memory. */
function overRows(run: Run, ref: Ref): Step {
  const value = programOf(run).values[ref];
  if (!isRowComputation(value)) throw new TypeError(`${value.kind} is not compiled`);
  const context = { column: (operand: Ref) => columnOf(run, operand), lengths: () => undefined };
  return rowKernelOf(value, columnOf(run, ref), context);
}

function columnOf(run: Run, ref: Ref): Column {
  const { heap } = run.machine;
  const { address, stride, everyRow } = rowsOf(run, ref);
  return {
    // Growing replaces the array, so it is looked up each time.
    get values() {
      return heap.floats;
    },
    size: programOf(run).values[ref].size as number,
    allRows: everyRow,
    offset: address / 4,
    stride: stride / 4,
  };
}

/** Copies the states of the living rows to where the backward run will look for them. */
function keepStates(run: Run, first: number, rows: number): void {
  for (const [i, { size }] of programOf(run).states.entries()) {
    const kept = run.statesBefore[i];
    if (kept !== undefined) copy(run, run.states[i], kept + 4 * first * size, rows * size);
  }
}

/** The new states of the living rows; the others keep theirs. */
function carryStates(run: Run, first: number, living: number): void {
  for (const [i, { size, next }] of programOf(run).states.entries()) {
    const from = rowsOf(run, next);
    const target = run.states[i];
    if (from.stride === 4 * size) {
      copy(run, at(from, first), target, living * size);
      continue;
    }
    for (let row = 0; row < living; row++) {
      copy(run, at(from, first) + row * from.stride, target + 4 * row * size, size);
    }
  }
}

function copy(run: Run, from: number, to: number, floats: number): void {
  run.machine.heap.floats.copyWithin(to / 4, from / 4, from / 4 + floats);
}

function programOf(run: Run): Program {
  return run.compiled.plan.program;
}
