import { isNamed, type Program, type Shape, ShapeError, type Value } from '@unroll/backend';
import { type FullCall, type Kind, kinds, rowsIn, type Tensors } from './call.ts';

/** The length of an axis: a number, that of the call, or whatever a memory brings. */
type Axis = number | 'rows' | 'batch' | { readonly source: string };

/** What a program needs, by kind and name. */
type Needs = Record<Kind, Need[]>;

interface Need {
  readonly name: string;
  readonly axes: readonly Axis[];
}

/** What `rows` and `batch` are in a call. */
type Lengths = Readonly<Record<'rows' | 'batch', number>>;

const known = new WeakMap<Program, Needs>();

/**
 * Holds a call against its program.
 *
 * @throws ShapeError that lists everything missing, unknown or misshapen
 */
export function checkCall(call: FullCall): void {
  const { program, schedule } = call;
  const wrong = scheduleFaults(schedule.batchSizes);
  const lengths = { rows: rowsIn(schedule.batchSizes), batch: schedule.batchSizes[0] ?? 0 };
  const needs = known.get(program) ?? needsOf(program);
  known.set(program, needs);
  for (const kind of kinds) addFaults(wrong, kind, needs[kind], call[kind], lengths);
  addLengthFaults(wrong, call);
  addWatchFaults(wrong, call);
  if (wrong.length === 0) return;
  throw new ShapeError(program.name, wrong.join('; '), { faults: wrong });
}

function scheduleFaults(batchSizes: readonly number[]): string[] {
  if (batchSizes.length === 0) return ['the sequences have no steps'];
  const falling = batchSizes.every((n, t) => n > 0 && (t === 0 || n <= batchSizes[t - 1]));
  return falling ? [] : ['the batch must stand in order of falling length'];
}

function needsOf(program: Program): Needs {
  const needs: Needs = { steps: [], states: [], sequences: [], memories: [], parameters: [] };
  for (const value of program.values) {
    const { kind, name, size } = value;
    if (kind === 'step') needs.steps.push({ name, axes: ['rows', size] });
    if (kind === 'sequence') needs.sequences.push({ name, axes: ['batch', size] });
    if (kind === 'memory') {
      needs.memories.push({ name, axes: ['batch', { source: value.source }, size] });
    }
  }
  for (const { name, size } of program.states) needs.states.push({ name, axes: ['batch', size] });
  for (const { name, shape } of program.parameters) needs.parameters.push({ name, axes: shape });
  return needs;
}

function addFaults(
  wrong: string[],
  kind: Kind,
  needs: readonly Need[],
  given: Tensors,
  lengths: Lengths,
): void {
  for (const { name, axes } of needs) {
    if (!given[name]) wrong.push(`${kind} lack ${name} ${shapeText(axes, lengths)}`);
  }
  for (const name in given) {
    if (!needs.some((need) => need.name === name))
      wrong.push(`${kind} have ${name}, which the program does not know`);
  }
  for (const { name, axes } of needs) {
    const shape = given[name]?.shape;
    if (!shape || fits(axes, shape, lengths)) continue;
    wrong.push(`${name} must be ${shapeText(axes, lengths)}; got [${shape.join(', ')}]`);
  }
}

function fits(axes: readonly Axis[], shape: Shape, lengths: Lengths): boolean {
  if (axes.length !== shape.length) return false;
  for (let i = 0; i < axes.length; i++) {
    const axis = axes[i];
    if (typeof axis === 'object') continue;
    if (shape[i] !== (typeof axis === 'number' ? axis : lengths[axis])) return false;
  }
  return true;
}

/** A shape with the names of the axes whose length is free. */
function shapeText(axes: readonly Axis[], lengths: Lengths): string {
  const texts = axes.map((axis) => {
    if (typeof axis === 'object') return axis.source;
    return typeof axis === 'number' ? axis : lengths[axis];
  });
  return `[${texts.join(', ')}]`;
}

function addLengthFaults(wrong: string[], call: FullCall): void {
  for (const value of call.program.values) {
    if (value.kind === 'memory') wrong.push(...lengthFaults(call, value));
  }
}

/** What can be watched is what a step has of its own: rows that come in, old states, and all that is computed. */
function addWatchFaults(wrong: string[], { program, watch }: FullCall): void {
  if (watch.length === 0) return;
  const values = program.values.filter(
    ({ kind }) => kind !== 'weight' && kind !== 'memory' && kind !== 'sequence',
  );
  const unknown = watch.filter((name) => values.every((value) => value.name !== name));
  if (unknown.length === 0) return;
  const known = values.filter(isNamed).map(({ name }) => name);
  wrong.push(`there is no ${unknown.join(', ')} to watch; there are ${known.join(', ')}`);
}

function lengthFaults(
  { memories, lengths, schedule }: FullCall,
  value: Extract<Value, { kind: 'memory' }>,
): string[] {
  if (!memories[value.name]) return [];
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
}
