import type { Expression } from './expression.ts';
import { apply, constant } from './expression.ts';
import type { Formula, Primitive, Step } from './formula.ts';
import { primitives } from './primitives.ts';

/**
 * Results as a formula: steps in order of need, each distinct sub-expression once, nothing that no result reads, folded
 * where that changes no bit (constants, x·1, x/1, x¹, x − 0, −(−x)).
 *
 * @param arity - How many arguments the formula takes, read or not.
 * @example
 * const x = expression.arg(0);
 * const swish = toFormula('swish', 1, [expression.multiply(x, expression.sigmoid(x))]);
 */
export function toFormula(name: string, arity: number, outputs: readonly Expression[]): Formula {
  const numbering = new Numbering(arity);
  const results = outputs.map((x) => numbering.number(x));
  return withoutDead({ name, arity, steps: numbering.steps, outputs: results });
}

/** Value numbering: what computes the same has one register. */
class Numbering {
  readonly steps: Step[] = [];
  readonly #arity: number;
  readonly #byKey = new Map<string, number>();
  readonly #registers = new Map<Expression, number>();

  constructor(arity: number) {
    this.#arity = arity;
  }

  /** The register of an expression. A stack instead of recursion, since a traced chain may be long. */
  number(root: Expression): number {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      const waiting = node.kind === 'apply' ? node.args.filter((x) => !this.#registers.has(x)) : [];
      if (waiting.length === 0 || this.#registers.has(node)) {
        stack.pop();
        if (!this.#registers.has(node)) this.#registers.set(node, this.#registerOf(node));
      } else {
        stack.push(...waiting.reverse());
      }
    }
    return this.#registers.get(root)!;
  }

  #registerOf(node: Expression): number {
    if (node.kind === 'arg') return node.index;
    if (node.kind === 'constant') return this.#constant(node.value);
    return this.#apply(
      node.op,
      node.args.map((x) => this.#registers.get(x)!),
    );
  }

  #apply(op: Primitive, args: readonly number[]): number {
    const values = args.map((register) => this.#valueOf(register));
    if (values.every((x) => x !== undefined))
      return this.#constant(primitives[op].value(...values));
    const same = this.#identity(op, args, values);
    return same ?? this.#emit(`${op} ${args.join(' ')}`, { op, args });
  }

  /** The register that already holds the result. */
  #identity(
    op: Primitive,
    args: readonly number[],
    [a, b]: readonly (number | undefined)[],
  ): number | undefined {
    if (op === 'multiply') return a === 1 ? args[1] : b === 1 ? args[0] : undefined;
    if (op === 'divide' || op === 'power') return b === 1 ? args[0] : undefined;
    if (op === 'add') return Object.is(a, -0) ? args[1] : Object.is(b, -0) ? args[0] : undefined;
    if (op === 'subtract') return Object.is(b, 0) ? args[0] : undefined;
    if (op === 'select' && a !== undefined) return a !== 0 ? args[1] : args[2];
    if (op === 'select' && args[1] === args[2]) return args[1];
    if (op !== 'negate') return undefined;
    const inner = this.steps[args[0] - this.#arity];
    return inner?.op === 'negate' ? inner.args[0] : undefined;
  }

  #valueOf(register: number): number | undefined {
    const step = this.steps[register - this.#arity];
    return step?.op === 'constant' ? step.value : undefined;
  }

  #constant(value: number): number {
    const key = Object.is(value, -0) ? '#-0' : `#${value}`;
    return this.#emit(key, { op: 'constant', value });
  }

  #emit(key: string, step: Step): number {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const register = this.#arity + this.steps.push(step) - 1;
    this.#byKey.set(key, register);
    return register;
  }
}

/** The same formula without the steps that no result reads. */
function withoutDead(formula: Formula): Formula {
  const live = liveRegisters(formula);
  const renamed = new Map<number, number>();
  for (let i = 0; i < formula.arity; i++) renamed.set(i, i);
  const steps: Step[] = [];
  formula.steps.forEach((step, i) => {
    if (!live[formula.arity + i]) return;
    renamed.set(formula.arity + i, formula.arity + steps.length);
    steps.push(
      step.op === 'constant' ? step : { op: step.op, args: step.args.map((x) => renamed.get(x)!) },
    );
  });
  return { ...formula, steps, outputs: formula.outputs.map((x) => renamed.get(x)!) };
}

/** Which registers some result reads. */
function liveRegisters(formula: Formula): boolean[] {
  const live = new Array<boolean>(formula.arity + formula.steps.length).fill(false);
  for (const output of formula.outputs) live[output] = true;
  for (let i = formula.steps.length - 1; i >= 0; i--) {
    const step = formula.steps[i];
    if (!live[formula.arity + i] || step.op === 'constant') continue;
    for (const x of step.args) live[x] = true;
  }
  return live;
}

/** Which arguments a formula really reads: what a gradient formula does not read need not be kept for it. */
export function usedArguments(formula: Formula): boolean[] {
  return liveRegisters(formula).slice(0, formula.arity);
}

/** The value of each result that is the same for all arguments (a gradient that is always 0), else undefined. */
export function constantOutputs(formula: Formula): (number | undefined)[] {
  return formula.outputs.map((register) => {
    const step = formula.steps[register - formula.arity];
    return step?.op === 'constant' ? step.value : undefined;
  });
}

/**
 * All registers of a formula as expressions again, its arguments replaced by `args`. Registers in `known` are not
 * computed: they stand ready as the expression given.
 */
export function expand(
  formula: Formula,
  args: readonly Expression[],
  known: ReadonlyMap<number, Expression> = new Map(),
): Expression[] {
  const registers: Expression[] = [...args];
  formula.steps.forEach((step, i) => {
    const computed =
      step.op === 'constant'
        ? constant(step.value)
        : apply(step.op, ...step.args.map((x) => registers[x]));
    registers.push(known.get(formula.arity + i) ?? computed);
  });
  return registers;
}
