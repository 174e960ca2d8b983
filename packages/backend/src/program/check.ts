import { OptionError, ShapeError } from '../contract/errors.ts';
import type { Computation, Program, Ref, Sum, Value, Window } from './program.ts';
import { sameSize, weightShape } from './rule.ts';
import { isSource, operandsOf, ruleOf, sumOperands } from './rules.ts';

/**
 * Looks at a program that comes from outside, a file or a worker, and gives it back.
 *
 * @throws ShapeError that lists all that is wrong: refs that do not point back, sizes that do not agree, names that stand
 * twice, states without an input or next value, windows outside their parameter, sums into what cannot take them.
 * @throws OptionError when it is not a program at all.
 */
export function checkProgram(program: Program): Program {
  const problems = programProblems(program);
  if (problems.length === 0) return program;
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  throw new ShapeError(program.name, `the program is not sound:${list}`, { problems });
}

function programProblems(program: Program): string[] {
  const lists = ['values', 'states', 'outputs', 'parameters', 'sums'] as const;
  const missing = lists.filter((list) => !Array.isArray(program?.[list]));
  if (missing.length > 0 || typeof program.name !== 'string') {
    throw new OptionError('checkProgram', `not a recurrence program: no ${missing.join(', no ')}`);
  }
  const names = [
    ...twice('value', program.values),
    ...twice('state', program.states),
    ...twice('output', program.outputs),
    ...twice('parameter', program.parameters),
  ];
  const unknown = program.values.filter(
    (v) => !isSource(v) && ruleOf<Computation>(v) === undefined,
  );
  if (unknown.length > 0) {
    return [...names, ...unknown.map((v) => `'${v.name}' is of the unknown kind '${v.kind}'`)];
  }
  const pointers = refProblems(program);
  if (pointers.length > 0) return [...names, ...pointers];
  return [
    ...names,
    ...program.values.flatMap((value) => sizeProblems(program, value)),
    ...stateProblems(program),
    ...program.outputs.flatMap(({ name, value }) =>
      rowProblems(program, `output '${name}'`, value),
    ),
    ...program.sums.flatMap((sum) => sumProblems(program, sum)),
  ];
}

function twice(what: string, named: readonly { readonly name: string }[]): string[] {
  const seen = new Set<string>();
  return named.flatMap(({ name }) => {
    if (typeof name !== 'string') return [`a ${what} has no name`];
    if (seen.has(name)) return [`two ${what}s are called '${name}'`];
    seen.add(name);
    return [];
  });
}

/** Values read earlier values; everything else reads some value. */
function refProblems({ values, states, outputs, sums }: Program): string[] {
  const exists = (ref: Ref, end = values.length) => Number.isInteger(ref) && ref >= 0 && ref < end;
  const back = values.flatMap((value, at) =>
    operandsOf(value)
      .filter((ref) => !exists(ref, at))
      .map(
        (ref) => `'${value.name}' (value ${at}) reads value ${ref}, which does not come before it`,
      ),
  );
  const loose = (who: string, refs: readonly Ref[]) =>
    refs
      .filter((ref) => !exists(ref))
      .map((ref) => `${who} names value ${ref}, which does not exist`);
  return [
    ...back,
    ...states.flatMap((state) => loose(`state '${state.name}'`, [state.input, state.next])),
    ...outputs.flatMap((output) => loose(`output '${output.name}'`, [output.value])),
    ...sums.flatMap((sum) => loose(`a sum of kind '${sum.kind}'`, sumOperands(sum))),
  ];
}

function sizeProblems(program: Program, value: Value): string[] {
  const problems: string[] = [];
  const fail = (words: string) => problems.push(`'${value.name}' (${value.kind}): ${words}`);
  if (value.kind === 'weight')
    return windowProblems(program, value).map((p) => `'${value.name}': ${p}`);
  if (typeof value.size === 'number' && !(Number.isInteger(value.size) && value.size > 0)) {
    fail(`its size must be a whole number from 1 on; got ${value.size}`);
  }
  if (isSource(value)) return problems;
  const look = { at: (ref: Ref) => program.values[ref], stated: value.size, fail };
  const size = ruleOf<Computation>(value).size(value, look);
  if (problems.length === 0 && !sameSize(size, value.size)) {
    fail(`its size is ${JSON.stringify(size)}, not ${JSON.stringify(value.size)}`);
  }
  return problems;
}

function windowProblems(program: Program, value: Extract<Value, { kind: 'weight' }>): string[] {
  const { parameter, rows, columns, size } = value;
  const spec = program.parameters.find(({ name }) => name === parameter);
  if (spec === undefined) return [`there is no parameter '${parameter}'`];
  const windows = rows === undefined ? [columns] : [rows, columns];
  const text = `parameter '${parameter}' [${spec.shape.join(', ')}]`;
  if (windows.length !== spec.shape.length) return [`${windows.length} windows for the ${text}`];
  const outside = windows.filter((window, axis) => !liesIn(window, spec.shape[axis]));
  if (outside.length > 0) return outside.map((w) => `${w.join(':')} does not lie in the ${text}`);
  return size === weightShape(value).columns ? [] : ['its size must be its number of columns'];
}

function liesIn([from, to]: Window, size: number): boolean {
  return Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= size;
}

function stateProblems(program: Program): string[] {
  const { values, states } = program;
  const inputs = new Set(states.map(({ input }) => input));
  const orphans = values.filter((value, ref) => value.kind === 'state' && !inputs.has(ref));
  return [
    ...orphans.map(({ name }) => `the state value '${name}' belongs to no state`),
    ...states.flatMap(({ name, size, input, next }) => {
      const wrong = rowProblems(program, `the next value of state '${name}'`, next);
      if (values[input].kind !== 'state')
        wrong.push(`the input of state '${name}' is no state value`);
      for (const ref of [input, next]) {
        if (sameSize(values[ref].size, size)) continue;
        wrong.push(`state '${name}' has ${size} columns, '${values[ref].name}' has not`);
      }
      return wrong;
    }),
  ];
}

/** What is read or carried must be a row of the step. */
function rowProblems({ values }: Program, who: string, ref: Ref): string[] {
  const { kind, name } = values[ref];
  return kind === 'weight' || kind === 'memory' ? [`${who} is '${name}', a ${kind}`] : [];
}

function sumProblems({ values }: Program, sum: Sum): string[] {
  const into = values[sum.into];
  const takes = {
    product: 'weight',
    columns: 'weight',
    additiveVector: 'weight',
    steps: 'sequence',
  };
  const needed = (takes as Partial<Record<Sum['kind'], string>>)[sum.kind] ?? 'memory';
  if (into.kind !== needed) {
    return [
      `a sum of kind '${sum.kind}' goes into a ${needed}, not into '${into.name}' (${into.kind})`,
    ];
  }
  if (sum.kind === 'product') {
    const { rows, columns } = weightShape(into);
    if (values[sum.left].size === rows && values[sum.right].size === columns) return [];
    return [`the product into '${into.name}' does not have its shape`];
  }
  const fits =
    (sum.kind !== 'columns' && sum.kind !== 'steps') || sameSize(values[sum.value].size, into.size);
  return fits ? [] : [`the sum into '${into.name}' does not have its size`];
}
