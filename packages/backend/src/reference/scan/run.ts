import { allocate } from '../../contract/dtype.ts';
import { UnrollError } from '../../contract/errors.ts';
import type { Program, Ref, Size } from '../../program/program.ts';
import { isSource } from '../../program/rules.ts';
import type { SourceLengths } from '../../program/scan.ts';
import { type Matrix, matrix } from '../matmul.ts';
import { type Column, type Floats, type Rows, startOf } from './column.ts';
import type { Context, Kernel, SourceMemory } from './context.ts';
import { kernelOf } from './kernels.ts';

/** All that a program needs to run, forward or derivative. */
export interface Run {
  readonly program: Program;
  readonly rows: Rows;
  readonly reverse: boolean;
  readonly dtype: 'float32' | 'float64';
  /** Columns of a memory's source, and how many of them exist for each sequence. */
  readonly sources: ReadonlyMap<string, number>;
  readonly lengths: SourceLengths;
  /** Where inputs lie: step, sequence and saved values. */
  readonly input: (ref: Ref) => Column;
  readonly parameter: (name: string) => Floats;
  readonly memory: (name: string) => Floats;
  /** States before the first step; the run overwrites them, and they are the final ones at the end. */
  readonly carried: ReadonlyMap<string, Floats>;
  /** Values that are wanted at all steps. */
  readonly keep: ReadonlySet<Ref>;
}

/** Runs a program over all steps and gives where its values lie; those that were to be kept, at all steps. */
export function runProgram(run: Run): readonly (Column | undefined)[] {
  const { program, rows, reverse } = run;
  const columns = columnsOf(run);
  const context = contextFor(run, columns);
  const kernels = program.values.map((value, ref): Kernel | undefined => {
    return isSource(value) ? undefined : kernelOf(value, columns[ref]!, context);
  });
  const time = rows.batchSizes.length;
  for (let k = 0; k < time; k++) {
    const t = reverse ? time - 1 - k : k;
    const [first, count] = [rows.firsts[t], rows.batchSizes[t]];
    for (const { name, input } of program.states) {
      copyRows(run.carried.get(name)!, 0, columns[input]!, startOf(columns[input]!, first), count);
    }
    step(program, kernels, first, count, t);
    for (const { name, next, size } of program.states) {
      const from = columns[next]!;
      const start = startOf(from, first);
      run.carried.get(name)!.set(from.values.subarray(start, start + count * size));
    }
  }
  return columns;
}

function step(
  program: Program,
  kernels: readonly (Kernel | undefined)[],
  first: number,
  count: number,
  t: number,
): void {
  let ref = 0;
  try {
    for (; ref < kernels.length; ref++) kernels[ref]?.(first, count);
  } catch (error) {
    const { name } = program.values[ref];
    const words = `the value '${name}' failed at step ${t}`;
    throw new UnrollError(program.name, words, { value: name, step: t }, error);
  }
}

function copyRows(from: Floats, at: number, to: Column, start: number, count: number): void {
  to.values.set(from.subarray(at, at + count * to.size), start);
}

/** Memory for every value: of all steps where it is kept, else of one. */
function columnsOf({ program, rows, dtype, sources, input, keep }: Run): (Column | undefined)[] {
  const columns = (size: Size) =>
    typeof size === 'number' ? size : (sources.get(size.source) ?? 0);
  return program.values.map((value, ref) => {
    if (value.kind === 'weight' || value.kind === 'memory') return undefined;
    if (isSource(value) && value.kind !== 'state') return input(ref);
    const allRows = keep.has(ref);
    const size = columns(value.size);
    return { values: allocate(dtype, (allRows ? rows.total : rows.batch) * size), size, allRows };
  });
}

export function contextFor(run: Run, columns: readonly (Column | undefined)[]): Context {
  const { values, parameters } = run.program;
  return {
    batch: run.rows.batch,
    column: (ref) => columns[ref]!,
    isWeight: (ref) => values[ref].kind === 'weight',
    vector: (ref) =>
      Float64Array.from(run.parameter(weightOf(ref).parameter).subarray(...weightOf(ref).columns)),
    matrix: (ref, transposed) => windowMatrix(ref, transposed),
    memory: (ref) => memoryAt(ref),
    lengths(ref) {
      const { size } = values[ref];
      return typeof size === 'number' ? undefined : run.lengths[size.source];
    },
  };

  function weightOf(ref: Ref) {
    const value = values[ref];
    if (value.kind === 'weight') return value;
    throw new UnrollError(run.program.name, `'${value.name}' is not a weight`);
  }

  function windowMatrix(ref: Ref, transposed: boolean): ReturnType<Context['matrix']> {
    const {
      parameter,
      rows: [top, bottom] = [0, 0],
      columns: [left, right],
    } = weightOf(ref);
    const wide = parameters.find(({ name }) => name === parameter)!.shape[1];
    const whole = matrix(run.parameter(parameter), top * wide + left, wide);
    const [high, across] = [bottom - top, right - left];
    return transposed
      ? { matrix: flipped(whole), rows: across, columns: high }
      : { matrix: whole, rows: high, columns: across };
  }

  function memoryAt(ref: Ref): SourceMemory {
    const value = values[ref];
    if (value.kind !== 'memory') {
      throw new UnrollError(run.program.name, `'${value.name}' is not a memory`);
    }
    return {
      values: run.memory(value.name),
      source: run.sources.get(value.source)!,
      size: value.size as number,
      lengths: run.lengths[value.source],
    };
  }
}

function flipped(m: Matrix): Matrix {
  return { ...m, rowStride: m.columnStride, columnStride: m.rowStride };
}
