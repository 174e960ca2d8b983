import { type ProgramBuilder, programBuilder } from './build.ts';
import { isNamed } from './names.ts';
import type { Computation, Program, Ref, Source, State, Value } from './program.ts';
import { isSource, ruleOf } from './rules.ts';

/** What a rewritten program has in other places; refs are those of the new program, to which new values may be added. */
export interface Changes {
  /** In place of a value that enters a matrix product; `old` is its ref in the program that was given. */
  readonly operand?: (builder: ProgramBuilder, value: Ref, old: Ref) => Ref;
  /** In place of what a state becomes, and of an output that is the same value. */
  readonly next?: (builder: ProgramBuilder, state: NewState) => Ref;
}

/** A state of a rewritten program: its value before and after the step. */
export type NewState = Pick<State, 'name' | 'size' | 'input' | 'next'>;

/**
 * The same equations with changes: how wrappers of cells bring masks in. Names stay, and a program without changes is
 * the one that was given.
 *
 * @example
 * const halved = rewrite(program, { next: (b, { next, input }) => b.add(next, input) });
 */
export function rewrite(program: Program, { operand, next }: Changes): Program {
  const builder = programBuilder(program.name);
  const to = copyInto(builder, program, {}, operand);
  const changed = new Map<Ref, Ref>();
  for (const { name, size, input, next: old } of program.states) {
    const state = { name, size, input: to(input), next: to(old) };
    const value = next ? next(builder, state) : state.next;
    changed.set(old, value);
    builder.next(name, value);
  }
  for (const { name, value } of program.outputs) {
    builder.output(name, changed.get(value) ?? to(value));
  }
  return builder.finish();
}

/**
 * A program's step inside a larger one: its values, with its own parameters and states, which go on as they did. Nothing is
 * an output yet.
 *
 * @param steps values of the larger program in place of what the step reads from the data, by name
 * @returns where values of the program stand in the larger one, by name
 * @example
 * const step = inline(builder, lstm.program(sizes), { x: builder.concat([x, context]) });
 * const h = step('h');
 */
export function inline(
  builder: ProgramBuilder,
  program: Program,
  steps: Readonly<Record<string, Ref>>,
): (name: string) => Ref {
  const to = copyInto(builder, program, steps);
  for (const { name, next } of program.states) builder.next(name, to(next));
  return (name) => to(program.values.findIndex((value) => value.name === name));
}

/** Copies all values into a builder; gives where each of them stands there. */
function copyInto(
  builder: ProgramBuilder,
  program: Program,
  steps: Readonly<Record<string, Ref>>,
  operand?: Changes['operand'],
): (ref: Ref) => Ref {
  for (const { name, shape } of program.parameters) builder.parameter(name, shape);
  const refs: Ref[] = [];
  const to = (ref: Ref): Ref => refs[ref];
  for (const value of program.values) {
    const given = value.kind === 'step' ? steps[value.name] : undefined;
    if (given !== undefined) refs.push(given);
    else if (isSource(value)) refs.push(source(builder, program, value, refs.length));
    else refs.push(computed(value));
  }
  return to;

  function computed(value: Value & Computation): Ref {
    const { name, size, ...node } = value;
    const mapped =
      node.kind === 'affine' && operand
        ? withOperands(node, (old) => operand(builder, to(old), old), to)
        : ruleOf<Computation>(node).mapped(node, to);
    return builder.emit(mapped, isNamed(value) ? name : undefined, size);
  }
}

function withOperands(
  node: Extract<Computation, { kind: 'affine' }>,
  operand: (old: Ref) => Ref,
  to: (old: Ref) => Ref,
): Computation {
  const terms = node.terms.map(({ value, weight, transposed }) => {
    return { value: operand(value), weight: to(weight), transposed };
  });
  return { kind: 'affine', terms, ...(node.bias === undefined ? {} : { bias: to(node.bias) }) };
}

function source(builder: ProgramBuilder, program: Program, value: Value & Source, ref: Ref): Ref {
  const { name, size } = value;
  switch (value.kind) {
    case 'step':
      return builder.step(name, size);
    case 'sequence':
      return builder.sequence(name, size);
    case 'memory':
      return builder.memory(name, size as number, value.source);
    case 'weight':
      return builder.weight(value.parameter, value);
    case 'saved':
      return builder.saved(value.of, size, name);
    case 'state': {
      const state = program.states.find(({ input }) => input === ref) as State;
      return builder.state(state.name, state.size, name);
    }
  }
}
