import { allGradients, derivativeOf, type Program, type Ref } from '@unroll/backend';
import { savedFor } from './forward.ts';
import { type Instruction, type Plan, planOf } from './plan.ts';
import { prepare } from './prepare.ts';
import type { Matrix } from './products.ts';

/** How a program and its derivative run when all gradients are wanted, in lines. */
export function explainProgram(program: Program): string[] {
  const wanted = allGradients(program);
  const outputs = ({ outputs: read }: Program) => read.map(({ value }) => value);
  const derivative = derivativeOf(program, wanted);
  const kept = new Set([...outputs(program), ...savedFor(program, wanted)]);
  return [
    'forward',
    ...indented(planLines(planFor(program, kept))),
    'backward',
    ...indented(planLines(planFor(derivative, new Set(outputs(derivative))))),
  ];
}

/** The plan, which is the same for any length of a memory. */
function planFor(program: Program, kept: ReadonlySet<Ref>): Plan {
  return planOf(prepare(program, new Map()).program, kept);
}

function planLines(plan: Plan): string[] {
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [title, ...indented(lines)];
  const phase = (instructions: readonly Instruction[]) => instructionLines(plan, instructions);
  return [
    ...part('before the loop, for all steps at once', phase(plan.before)),
    ...part('in the loop, for one step after the other', phase(plan.loop)),
    ...part('after the loop, for all steps at once', phase(plan.after)),
    ...part('then, over all steps', sumLines(plan)),
  ];
}

/** One line for each instruction, and one for all biases. */
function instructionLines({ program }: Plan, instructions: readonly Instruction[]): string[] {
  const names = namesIn(program);
  const biases = instructions.flatMap((one) => (one.kind === 'fill' ? [one.value] : []));
  const first = biases.length === 0 ? [] : [`biases     ${names(biases)}`];
  return instructions.reduce((lines, instruction) => {
    if (instruction.kind === 'product') {
      const { operands, results, matrix } = instruction.product;
      const sign = instruction.accumulate ? '+=' : '=';
      const right = `${sideBySide(names(operands))} · ${windowText(program, matrix)}`;
      lines.push(`product    ${sideBySide(names(results))} ${sign} ${right}`);
    }
    if (instruction.kind === 'stage') lines.push(`pointwise  ${names(instruction.values)}`);
    if (instruction.kind === 'rows') lines.push(`rows       ${names([instruction.value])}`);
    return lines;
  }, first);
}

function sumLines({ program, sums }: Plan): string[] {
  const names = namesIn(program);
  const products = sums.map(({ left, rights, matrix }) => {
    const product = `${names([left])}ᵀ · ${sideBySide(names(rights))}`;
    return `product    d.${windowText(program, matrix)} += ${product}`;
  });
  const others = program.sums.flatMap((sum) =>
    sum.kind === 'columns' || sum.kind === 'steps'
      ? [`sum        d.${names([sum.into])} += ${names([sum.value])}`]
      : [],
  );
  return [...products, ...others];
}

function namesIn({ values }: Program): (refs: readonly Ref[]) => string {
  return (refs) => refs.map((ref) => values[ref].name).join(', ');
}

function sideBySide(names: string): string {
  return names.includes(', ') ? `[${names}]` : names;
}

/** A parameter, with its window where that is not all of it. */
function windowText(program: Program, { parameter, rows, columns, transposed }: Matrix): string {
  const shape = program.parameters.find(({ name }) => name === parameter)?.shape ?? [];
  const axes = [rows, columns].map(([from, to], axis) =>
    from === 0 && to === shape[axis] ? ':' : `${from}:${to}`,
  );
  const window = axes.every((axis) => axis === ':') ? '' : `[${axes.join(', ')}]`;
  return `${parameter}${window}${transposed ? 'ᵀ' : ''}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
