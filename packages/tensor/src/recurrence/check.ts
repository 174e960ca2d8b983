import { type Program, type Shape, ShapeError, sameShape } from '@unroll/backend';
import type { FullCall, Kind, Tensors } from './call.ts';

/** What a program needs, by kind and name: the shape, a string where any size will do. */
type Needs = Record<Kind, Record<string, (number | string)[]>>;

/**
 * Holds a call against its program.
 *
 * @throws ShapeError that lists everything missing, unknown or misshapen
 */
export function checkCall(call: FullCall): void {
  const { program, schedule } = call;
  const wrong = [...scheduleFaults(schedule.batchSizes)];
  const rows = schedule.batchSizes.reduce((a, b) => a + b, 0);
  const needs = needsOf(program, rows, schedule.batchSizes[0] ?? 0);
  for (const kind of ['steps', 'states', 'sequences', 'memories', 'parameters'] as const) {
    wrong.push(...faults(kind, needs[kind], call[kind]));
  }
  wrong.push(...lengthFaults(call));
  if (wrong.length === 0) return;
  throw new ShapeError(program.name, wrong.join('; '), { faults: wrong });
}

function scheduleFaults(batchSizes: readonly number[]): string[] {
  if (batchSizes.length === 0) return ['the sequences have no steps'];
  const falling = batchSizes.every((n, t) => n > 0 && (t === 0 || n <= batchSizes[t - 1]));
  return falling ? [] : ['the batch must stand in order of falling length'];
}

function needsOf(program: Program, rows: number, batch: number): Needs {
  const needs: Needs = { steps: {}, states: {}, sequences: {}, memories: {}, parameters: {} };
  for (const value of program.values) {
    const size = typeof value.size === 'number' ? value.size : value.size.source;
    if (value.kind === 'step') needs.steps[value.name] = [rows, size];
    if (value.kind === 'sequence') needs.sequences[value.name] = [batch, size];
    if (value.kind === 'memory') needs.memories[value.name] = [batch, value.source, size];
  }
  for (const state of program.states) needs.states[state.name] = [batch, state.size];
  for (const { name, shape } of program.parameters) needs.parameters[name] = [...shape];
  return needs;
}

function faults(
  kind: Kind,
  needs: Readonly<Record<string, (number | string)[]>>,
  given: Tensors,
): string[] {
  const missing = Object.keys(needs).filter((name) => !given[name]);
  const unknown = Object.keys(given).filter((name) => !needs[name]);
  const misshapen = Object.keys(needs).filter(
    (name) => given[name] && !fits(needs[name], given[name].shape),
  );
  return [
    ...missing.map((name) => `${kind} lack ${name} [${needs[name].join(', ')}]`),
    ...unknown.map((name) => `${kind} have ${name}, which the program does not know`),
    ...misshapen.map(
      (name) =>
        `${name} must be [${needs[name].join(', ')}]; got [${given[name].shape.join(', ')}]`,
    ),
  ];
}

function fits(needed: readonly (number | string)[], shape: Shape): boolean {
  return sameShape(
    needed.map((n, axis) => (typeof n === 'number' ? n : (shape[axis] ?? -1))),
    shape,
  );
}

function lengthFaults({ program, memories, lengths, schedule }: FullCall): string[] {
  return program.values.flatMap((value) => {
    if (value.kind !== 'memory' || !memories[value.name]) return [];
    const given = lengths[value.source];
    if (!given) return [`lengths lack ${value.source}, of which ${value.name} is a memory`];
    if (given.length !== schedule.batchSizes[0]) {
      return [
        `lengths of ${value.source} must be ${schedule.batchSizes[0]} numbers; got ${given.length}`,
      ];
    }
    const room = memories[value.name].shape[1];
    const bad = given.findIndex((n) => !Number.isInteger(n) || n < 1 || n > room);
    return bad < 0
      ? []
      : [`length ${bad} of ${value.source} must lie in 1 … ${room}; got ${given[bad]}`];
  });
}
