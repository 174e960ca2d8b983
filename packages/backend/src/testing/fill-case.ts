import { type Shape, sizeOf } from '../contract/shape.ts';
import type { Program, Size } from '../program/program.ts';
import type { Schedule, SourceLengths } from '../program/scan.ts';
import type { Cotangents, Filled, ScanCase } from './scan-case.ts';

/** How much data a program is run on. */
export interface CaseSizes {
  /** Falling, one for each sequence. */
  readonly lengths: readonly number[];
  readonly reverse: boolean;
  /** How many entries of a memory exist for each sequence. */
  readonly sources?: readonly number[];
}

/** A generator of the same numbers everywhere, in [−1, 1): a linear congruence, high bits first. */
export function numbers(seed: number): () => number {
  let state = BigInt(seed) * 2654435761n + 1n;
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 33n) / 2 ** 30 - 1;
  };
}

/** How many sequences live at each step. */
export function batchSizesOf(lengths: readonly number[]): number[] {
  return Array.from({ length: lengths[0] }, (_, t) => lengths.filter((n) => n > t).length);
}

/**
 * Random inputs for a program: weights small enough that nothing explodes, all else in (−1, 1) and 0.05 at least from 0,
 * where formulas may jump.
 */
export function fillCase(program: Program, sizes: CaseSizes, seed: number): ScanCase {
  const next = numbers(seed);
  const fill = (shape: Shape, scale = 1): Filled => ({
    shape,
    values: Float64Array.from({ length: sizeOf(shape) }, () => scale * awayFromZero(next())),
  });
  const schedule: Schedule = { batchSizes: batchSizesOf(sizes.lengths), reverse: sizes.reverse };
  const batch = sizes.lengths.length;
  const rows = sizes.lengths.reduce((a, b) => a + b, 0);
  const existing = sizes.sources ?? [];
  const source = Math.max(0, ...existing);
  const lengths: Record<string, readonly number[]> = {};
  const inputs = {
    steps: {} as Record<string, Filled>,
    states: {} as Record<string, Filled>,
    sequences: {} as Record<string, Filled>,
    memories: {} as Record<string, Filled>,
    parameters: {} as Record<string, Filled>,
  };
  for (const value of program.values) {
    const size = columns(value.size, source);
    if (value.kind === 'step') inputs.steps[value.name] = fill([rows, size]);
    if (value.kind === 'sequence') inputs.sequences[value.name] = fill([batch, size]);
    if (value.kind !== 'memory') continue;
    lengths[value.source] = existing;
    inputs.memories[value.name] = fill([batch, source, size]);
  }
  for (const { name, size } of program.states) inputs.states[name] = fill([batch, size]);
  for (const { name, shape } of program.parameters) {
    // Frobenius norm below 0.9, and so the spectral norm too.
    const scale = shape.length === 2 ? 0.9 / Math.sqrt(sizeOf(shape)) : 0.5;
    inputs.parameters[name] = fill(shape, scale);
  }
  return { program, schedule, inputs, lengths };
}

/** Random cotangents for every output and final state of a case. */
export function fillCotangents({ program, schedule, lengths }: ScanCase, seed: number): Cotangents {
  const next = numbers(seed + 1e6);
  const rows = schedule.batchSizes.reduce((a, b) => a + b, 0);
  const fill = (shape: Shape): Filled => ({
    shape,
    values: Float64Array.from({ length: sizeOf(shape) }, next),
  });
  const outputs = program.outputs.map(({ name, value }) => {
    const { size } = program.values[value];
    return [name, fill([rows, columns(size, sourceSize(lengths))])] as const;
  });
  const finalStates = program.states.map(
    ({ name, size }) => [name, fill([schedule.batchSizes[0], size])] as const,
  );
  return { outputs: Object.fromEntries(outputs), finalStates: Object.fromEntries(finalStates) };
}

function awayFromZero(x: number): number {
  return x < 0 ? 0.95 * x - 0.05 : 0.95 * x + 0.05;
}

function sourceSize(lengths: SourceLengths): number {
  return Math.max(0, ...Object.values(lengths).flat());
}

function columns(size: Size, source: number): number {
  return typeof size === 'number' ? size : source;
}
