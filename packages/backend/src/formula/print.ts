import type { Formula, Primitive, Step } from './formula.ts';

/** Infix signs with their binding strength; all else is printed as a call. */
const infix: Readonly<Partial<Record<Primitive, readonly [sign: string, strength: number]>>> = {
  less: ['<', 1],
  equal: ['=', 1],
  add: ['+', 2],
  subtract: ['−', 2],
  multiply: ['·', 3],
  divide: ['/', 3],
  power: ['^', 5],
};

const calls: Readonly<Partial<Record<Primitive, string>>> = {
  sigmoid: 'σ',
  sqrt: '√',
  minimum: 'min',
  maximum: 'max',
};

const ATOM = 6;
const NEGATED = 4;

interface Printed {
  readonly text: string;
  readonly strength: number;
}

/**
 * A formula as readable mathematics, one result after the other: `x·σ(x)`.
 *
 * @param names - What the arguments are called; x0, x1, … without.
 */
export function printFormula(formula: Formula, names?: readonly string[]): string {
  const registers: Printed[] = [];
  for (let i = 0; i < formula.arity; i++) {
    registers.push({ text: names?.[i] ?? `x${i}`, strength: ATOM });
  }
  for (const step of formula.steps) registers.push(print(step, registers));
  return formula.outputs.map((register) => registers[register].text).join(', ');
}

function print(step: Step, registers: readonly Printed[]): Printed {
  if (step.op === 'constant') return number(step.value);
  const args = step.args.map((register) => registers[register]);
  if (step.op === 'negate') return { text: `−${within(args[0], NEGATED)}`, strength: NEGATED };
  if (step.op === 'abs') return { text: `|${args[0].text}|`, strength: ATOM };
  if (step.op === 'select') {
    const [condition, yes, no] = args.map((x) => x.text);
    return { text: `(${condition} ? ${yes} : ${no})`, strength: ATOM };
  }
  const operator = infix[step.op];
  if (operator === undefined) {
    const name = calls[step.op] ?? step.op;
    return { text: `${name}(${args.map((x) => x.text).join(', ')})`, strength: ATOM };
  }
  const [sign, strength] = operator;
  const gap = strength < 3 ? ` ${sign} ` : sign;
  const associative = step.op === 'add' || step.op === 'multiply';
  const right = within(args[1], associative ? strength : strength + 1);
  return { text: `${within(args[0], strength)}${gap}${right}`, strength };
}

function number(value: number): Printed {
  return { text: String(value).replace('-', '−'), strength: value < 0 ? NEGATED : ATOM };
}

function within(x: Printed, strength: number): string {
  return x.strength < strength ? `(${x.text})` : x.text;
}
