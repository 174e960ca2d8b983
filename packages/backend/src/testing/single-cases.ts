import { sizeOf } from '../contract/shape.ts';
import type { Size } from '../program/program.ts';
import { isSource } from '../program/rules.ts';
import { batchSizesOf } from './fill-case.ts';
import type { Cotangents, Filled, InputKind, Named, ScanCase } from './scan-case.ts';
import { mapped } from './scan-case.ts';

/** The rows of all steps that belong to sequence i, in time. */
function rowsOfSequence(batchSizes: readonly number[], i: number): number[] {
  const rows: number[] = [];
  let first = 0;
  for (const count of batchSizes) {
    if (i < count) rows.push(first + i);
    first += count;
  }
  return rows;
}

/** One sequence of a batch as a case of its own, cut at the lengths of its memories. */
export function singleCase(
  test: ScanCase,
  cotangents: Cotangents,
  i: number,
): { test: ScanCase; cotangents: Cotangents } {
  const rows = rowsOfSequence(test.schedule.batchSizes, i);
  const atRows = (filled: Filled) => pick(filled, rows);
  const atSequence = (filled: Filled) => pick(filled, [i]);
  const { steps, states, sequences, memories, parameters } = test.inputs;
  const existing = (size: Size, filled: Filled): Filled =>
    typeof size === 'number' ? filled : narrowed(filled, test.lengths[size.source][i]);
  const sizeOfInput = (name: string) =>
    test.program.values.find((value) => isSource(value) && value.name === name)!.size;
  const sourceOf = (name: string): string => {
    const value = test.program.values.find((v) => v.kind === 'memory' && v.name === name);
    return value?.kind === 'memory' ? value.source : '';
  };
  const single: ScanCase = {
    program: test.program,
    schedule: { batchSizes: batchSizesOf([rows.length]), reverse: test.schedule.reverse },
    inputs: {
      steps: mapped(steps, (filled, name) => existing(sizeOfInput(name), atRows(filled))),
      states: mapped(states, atSequence),
      sequences: mapped(sequences, (filled, name) =>
        existing(sizeOfInput(name), atSequence(filled)),
      ),
      memories: mapped(memories, (filled, name) =>
        cut(atSequence(filled), test.lengths[sourceOf(name)][i]),
      ),
      parameters,
    },
    lengths: mapped(test.lengths, (lengths) => [lengths[i]]),
  };
  const outputs = mapped(cotangents.outputs, (filled, name) => {
    const output = test.program.outputs.find((other) => other.name === name)!;
    return existing(test.program.values[output.value].size, atRows(filled));
  });
  return {
    test: single,
    cotangents: { outputs, finalStates: mapped(cotangents.finalStates, atSequence) },
  };
}

/** Adds the gradients of a single case where they belong in those of the batch. */
export function addSingle(
  into: Record<string, Float64Array>,
  from: Named,
  test: ScanCase,
  i: number,
): void {
  const rows = rowsOfSequence(test.schedule.batchSizes, i);
  for (const [key, values] of Object.entries(from)) {
    const [kind, name] = splitKey(key);
    const { shape } = test.inputs[kind][name];
    into[key] ??= new Float64Array(sizeOf(shape));
    const target = into[key];
    if (kind === 'parameters') {
      for (let j = 0; j < values.length; j++) target[j] += values[j];
      continue;
    }
    const places = kind === 'steps' ? rows : [i];
    const width = sizeOf(shape.slice(1));
    const given = values.length / places.length;
    places.forEach((row, k) => {
      target.set(values.subarray(k * given, (k + 1) * given), row * width);
    });
  }
}

function splitKey(key: string): [InputKind, string] {
  const dot = key.indexOf('.');
  return [key.slice(0, dot) as InputKind, key.slice(dot + 1)];
}

/** Slices along the first axis. */
function pick({ shape, values }: Filled, rows: readonly number[]): Filled {
  const width = sizeOf(shape.slice(1));
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, k) => {
    out.set(values.subarray(row * width, (row + 1) * width), k * width);
  });
  return { shape: [rows.length, ...shape.slice(1)], values: out };
}

/** The first entries of a memory of one sequence. */
function cut({ shape, values }: Filled, entries: number): Filled {
  const [, , size] = shape;
  return { shape: [1, entries, size], values: values.slice(0, entries * size) };
}

/** The first columns of every row. */
function narrowed({ shape, values }: Filled, columns: number): Filled {
  const [rows, wide] = shape;
  const out = Float64Array.from({ length: rows * columns }, (_, k) => {
    return values[Math.floor(k / columns) * wide + (k % columns)];
  });
  return { shape: [rows, columns], values: out };
}
