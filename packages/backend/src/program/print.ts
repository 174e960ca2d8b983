import { isNamed } from './names.ts';
import type { Computation, Program, Ref, Source, Sum, Value } from './program.ts';
import { isSource, operandsOf, ruleOf, sumOperands } from './rules.ts';

/**
 * A program as equations: its inputs, one equation for each value that has a name or is read more than once, then what is
 * carried, read and summed.
 *
 * @example
 * printProgram(program)
 * // rnn
 * //   step      x [3]
 * //   state     h [4]
 * //   parameter W [3, 4], U [4, 4]
 * //   h = tanh(x·W + h[t-1]·U)
 * //   h[t] ← h
 * //   output h
 */
export function printProgram(program: Program): string {
  const texts = equationTexts(program);
  const lines = [program.name, ...inputLines(program).map(indent)];
  program.values.forEach((value, ref) => {
    if (!isSource(value) && !texts.inlined(ref))
      lines.push(indent(`${value.name} = ${texts.right(ref)}`));
  });
  for (const { name, next } of program.states)
    lines.push(indent(`${name}[t] ← ${texts.name(next)}`));
  for (const { name, value } of program.outputs) {
    const text = texts.name(value);
    lines.push(indent(text === name ? `output ${name}` : `output ${name} = ${text}`));
  }
  for (const sum of program.sums) lines.push(indent(sumText(sum, texts.name)));
  return lines.join('\n');
}

function indent(line: string): string {
  return `  ${line}`;
}

function inputLines(program: Program): string[] {
  const shown: [Source['kind'], string][] = [
    ['step', 'step'],
    ['sequence', 'sequence'],
    ['memory', 'memory'],
    ['saved', 'saved'],
  ];
  const lines = shown.map(([kind, title]) => {
    const values = program.values.filter((value) => value.kind === kind);
    return line(title, values.map(withSize));
  });
  const states = program.states.map(({ name, size }) => `${name} [${size}]`);
  const parameters = program.parameters.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  lines.splice(1, 0, line('state', states));
  return [...lines, line('parameter', parameters)].filter((text) => text !== '');
}

function line(title: string, texts: readonly string[]): string {
  return texts.length === 0 ? '' : `${title.padEnd(9)} ${texts.join(', ')}`;
}

function withSize(value: Value): string {
  const size = typeof value.size === 'number' ? value.size : value.size.source;
  return value.kind === 'memory'
    ? `${value.name} [${value.source}, ${size}]`
    : `${value.name} [${size}]`;
}

/** Values that nobody named and that are read once stand inside the equation that reads them. */
function equationTexts({ values, states, outputs, sums }: Program) {
  const uses = new Array<number>(values.length).fill(0);
  for (const value of values) for (const ref of operandsOf(value)) uses[ref]++;
  for (const { next } of states) uses[next] += 2;
  for (const { value } of outputs) uses[value] += 2;
  for (const ref of sums.flatMap(sumOperands)) uses[ref] += 2;

  const inlined = (ref: Ref): boolean =>
    !isSource(values[ref]) && !isNamed(values[ref]) && uses[ref] < 2;
  const right = (ref: Ref): string => {
    const node = values[ref] as Computation;
    return ruleOf(node).equation(node, name);
  };
  const name = (ref: Ref): string => (inlined(ref) ? right(ref) : values[ref].name);
  return { inlined, right, name };
}

function sumText(sum: Sum, name: (ref: Ref) => string): string {
  const into = `d.${name(sum.into)} += `;
  switch (sum.kind) {
    case 'product':
      return `${into}${name(sum.left)}ᵀ·${name(sum.right)}`;
    case 'columns':
    case 'steps':
      return `${into}${name(sum.value)}`;
    case 'outer':
      return `${into}${name(sum.weights)}ᵀ·${name(sum.vector)}`;
    case 'additiveKeys':
      return `${into}${name(sum.gradient)}ᵀ·(${name(sum.vector)}·(1 − tanh²(${name(sum.query)} + ${name(sum.into)})))`;
    case 'additiveVector':
      return `${into}Σ ${name(sum.gradient)}·tanh(${name(sum.query)} + ${name(sum.memory)})`;
  }
}
