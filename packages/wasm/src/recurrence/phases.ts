import { isSource, operandsOf, type Program, type Ref } from '@unroll/backend';

/**
 * When a value is computed: before the loop over time for all steps at once, in the loop, or after it for all steps at
 * once; `outside` for what is given.
 */
export type Phase = 'outside' | 'before' | 'loop' | 'after';

/** Given for every row of every step. */
const givenForAllRows = new Set(['step', 'saved', 'sequence', 'weight']);

/** The phase of each value of a program. */
export function phasesOf(program: Program): Phase[] {
  const { values } = program;
  const recurrent = recurrentValues(program);
  const needed = neededByStates(program);
  const phases: Phase[] = [];
  for (const [ref, value] of values.entries()) {
    if (isSource(value)) phases.push('outside');
    else if (!recurrent.has(ref)) phases.push('before');
    else if (needed.has(ref) || operandsOf(value).some((x) => !everyRow(program, x))) {
      phases.push('loop');
    } else phases.push('after');
  }
  // What something in the loop reads cannot wait until after it.
  for (const [ref, value] of [...values.entries()].reverse()) {
    if (phases[ref] !== 'loop') continue;
    for (const operand of operandsOf(value)) {
      if (phases[operand] === 'after') phases[operand] = 'loop';
    }
  }
  return phases;
}

/** Values that depend on a state or on a memory. */
function recurrentValues({ values }: Program): Set<Ref> {
  const found = new Set<Ref>();
  for (const [ref, value] of values.entries()) {
    const source = isSource(value) && !givenForAllRows.has(value.kind);
    if (source || operandsOf(value).some((x) => found.has(x))) found.add(ref);
  }
  return found;
}

function neededByStates({ values, states }: Program): Set<Ref> {
  const found = new Set<Ref>();
  const stack = states.map((state) => state.next);
  for (let ref = stack.pop(); ref !== undefined; ref = stack.pop()) {
    if (found.has(ref)) continue;
    found.add(ref);
    stack.push(...operandsOf(values[ref]));
  }
  return found;
}

/** Whether an operand can be read for all rows at once: a computed value is then kept for them. */
function everyRow({ values }: Program, ref: Ref): boolean {
  const { kind } = values[ref];
  return kind !== 'state' && kind !== 'memory';
}
