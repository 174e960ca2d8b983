import type { Formula, Step } from '../formula/formula.ts';

/** A formula of one result, and which of the original arguments are left in it. */
export interface Narrowed {
  readonly formula: Formula;
  /** Argument i of the formula was argument `args[i]`. */
  readonly args: readonly number[];
}

/**
 * One result of a formula with only the steps and arguments that it needs, so that a derivative reads, and the forward
 * run saves, nothing else. Undefined when the result is the constant 0.
 */
export function narrow(formula: Formula, name: string, output: number): Narrowed | undefined {
  const root = formula.outputs[output];
  const { arity, steps } = formula;
  if (root >= arity && isZero(steps[root - arity])) return undefined;
  const live = new Set([root]);
  for (let register = root; register >= arity; register--) {
    const step = steps[register - arity];
    if (live.has(register) && step.op !== 'constant') for (const x of step.args) live.add(x);
  }
  const order = [...live].sort((a, b) => a - b);
  const args = order.filter((register) => register < arity);
  const renumbered = new Map(order.map((register, i) => [register, i]));
  const kept = order.slice(args.length).map((register): Step => {
    const step = steps[register - arity];
    if (step.op === 'constant') return step;
    return { op: step.op, args: step.args.map((x) => renumbered.get(x)!) };
  });
  const narrowed = { name, arity: args.length, steps: kept, outputs: [renumbered.get(root)!] };
  return { formula: narrowed, args };
}

function isZero(step: Step): boolean {
  return step.op === 'constant' && step.value === 0;
}

/** x₀ + x₁ + … as a formula. */
export function sumFormula(arity: number): Formula {
  const steps = Array.from({ length: arity - 1 }, (_, i): Step => {
    return { op: 'add', args: [i === 0 ? 0 : arity + i - 1, i + 1] };
  });
  return { name: 'add', arity, steps, outputs: [2 * arity - 2] };
}

/** The formula without arguments that is `value` everywhere. */
export function constantFormula(value: number): Formula {
  return { name: String(value), arity: 0, steps: [{ op: 'constant', value }], outputs: [0] };
}

/** Whether a formula is the sum of its arguments, each once. */
export function isSum({ arity, steps, outputs }: Formula): boolean {
  if (arity < 2 || steps.length !== arity - 1 || outputs[0] !== 2 * arity - 2) return false;
  const read = steps.flatMap((step) => (step.op === 'add' ? step.args : []));
  return read.length === 2 * steps.length && new Set(read).size === read.length;
}

const cheap: ReadonlySet<Step['op']> = new Set<Step['op']>([
  'constant',
  'negate',
  'abs',
  'sign',
  'add',
  'subtract',
  'multiply',
  'minimum',
  'maximum',
  'less',
  'equal',
  'select',
]);

/** Whether computing it again costs no more than reading the result. */
export function isCheap(formula: Formula): boolean {
  return formula.steps.every(({ op }) => cheap.has(op));
}
