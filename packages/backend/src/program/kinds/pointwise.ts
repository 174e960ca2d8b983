import { gradientFormula } from '../../formula/gradient.ts';
import { printFormula } from '../../formula/print.ts';
import { narrow } from '../narrow.ts';
import type { Computation, Ref, Size } from '../program.ts';
import { type Flow, type Look, type Rule, sameSize, sizeText, weightShape } from '../rule.ts';

type Pointwise = Extract<Computation, { kind: 'pointwise' }>;

/**
 * y = f(x₀, x₁, …) element by element. Back, each operand takes dy·∂f/∂xᵢ as a formula of its own that reads of the x and
 * y only what it needs; where the operand was broadcast over the columns, its row sum.
 */
export const pointwise: Rule<Pointwise> = {
  operands: (node) => node.args,
  mapped: (node, to) => ({ ...node, args: node.args.map(to) }),
  size(node, look) {
    const { arity, outputs, name } = node.formula;
    if (arity !== node.args.length) {
      look.fail(`the formula '${name}' takes ${arity} arguments; got ${node.args.length}`);
    }
    if (outputs.length !== 1) look.fail(`the formula '${name}' must have one result`);
    const sizes = node.args.map((arg) => argumentSize(arg, look));
    const size = look.stated ?? sizes.find((other) => other !== 1) ?? 1;
    node.args.forEach((arg, i) => {
      if (sizes[i] === 1 || sameSize(sizes[i], size)) return;
      look.fail(
        `sizes must agree or be 1; '${look.at(arg).name}' has ${sizeText(sizes[i])}, the result ${sizeText(size)}`,
      );
    });
    return size;
  },
  equation: (node, name) => printFormula(node.formula, namesFor(node, name)),
  derivative(node, flow) {
    if (!node.args.some(flow.wants)) return;
    const gradients = gradientFormula(node.formula);
    node.args.forEach((arg, i) => {
      if (!flow.wants(arg)) return;
      const part = narrow(gradients, `${node.formula.name}′`, i);
      if (part === undefined) return;
      flow.give(arg, unspread(arg, apply(part.formula, part.args), flow));
    });

    function apply(formula: Pointwise['formula'], used: readonly number[]): Ref {
      const { arity } = node.formula;
      const args = used.map((k) => {
        if (k < arity) return flow.read(node.args[k]);
        return k === arity ? flow.read(flow.self) : flow.dy;
      });
      if (formula.steps.length === 0) return args[formula.outputs[0]];
      return flow.emit({ kind: 'pointwise', formula, args }, flow.size(flow.self));
    }
  },
};

/** The operands' texts, in brackets where they are sums or products and would be torn apart. */
function namesFor(node: Pointwise, name: (operand: Ref) => string): string[] {
  const ops = new Set(node.formula.steps.map(({ op }) => op));
  const only = ops.size === 1 ? [...ops][0] : undefined;
  return node.args.map((arg) => {
    const text = name(arg);
    const strength = bindingOf(text);
    const stands = only === 'add' || only === 'tanh' || only === 'sigmoid' || only === 'exp';
    return stands || strength === 'atom' || (only === 'multiply' && strength === 'product')
      ? text
      : `(${text})`;
  });
}

/** What a text is outside all brackets. */
function bindingOf(text: string): 'sum' | 'product' | 'atom' {
  let depth = 0;
  let found: 'product' | 'atom' = 'atom';
  for (const sign of text) {
    if ('([{'.includes(sign)) depth++;
    if (')]}'.includes(sign)) depth--;
    if (depth === 0 && '+−<='.includes(sign)) return 'sum';
    if (depth === 0 && '·/Σ'.includes(sign)) found = 'product';
  }
  return found;
}

function argumentSize(arg: Ref, look: Look): Size {
  const value = look.at(arg);
  const { rows } = weightShape(value);
  if (value.kind === 'memory' || rows !== undefined) {
    look.fail(
      `'${value.name}' is a ${rows === undefined ? 'memory' : 'matrix'}; pointwise takes rows and vectors`,
    );
  }
  return value.size;
}

function unspread(arg: Ref, gradient: Ref, flow: Flow): Ref {
  const spread = flow.size(arg) === 1 && flow.size(flow.self) !== 1;
  return spread ? flow.emit({ kind: 'rowSum', x: gradient }) : gradient;
}
