import type { Computation, Term } from '../program.ts';
import { type Look, needRow, type Rule, weightShape } from '../rule.ts';

type Affine = Extract<Computation, { kind: 'affine' }>;

/**
 * y = Σ x·W + b. With dy for ∂L/∂y: `dx = dy·Wᵀ`, `dW = xᵀ·dy` over all rows of all steps, `db = Σ dy`.
 */
export const affine: Rule<Affine> = {
  operands: (node) => [
    ...node.terms.flatMap(({ value, weight }) => [value, weight]),
    ...(node.bias === undefined ? [] : [node.bias]),
  ],
  mapped: (node, to) => ({
    kind: 'affine',
    terms: node.terms.map(({ value, weight, transposed }) => ({
      value: to(value),
      weight: to(weight),
      transposed,
    })),
    ...(node.bias === undefined ? {} : { bias: to(node.bias) }),
  }),
  size(node, look) {
    if (node.terms.length === 0) look.fail('it has no terms');
    const sizes = node.terms.map((term) => termSize(term, look));
    const size = sizes[0] ?? 0;
    if (sizes.some((other) => other !== size)) {
      look.fail(`its products must have one size; got ${sizes.join(', ')}`);
    }
    if (node.bias !== undefined) checkBias(node.bias, size, look);
    return size;
  },
  equation: (node, name) =>
    [
      ...node.terms.map((t) => `${name(t.value)}·${name(t.weight)}${t.transposed ? 'ᵀ' : ''}`),
      ...(node.bias === undefined ? [] : [name(node.bias)]),
    ].join(' + '),
  derivative(node, flow) {
    const { dy } = flow;
    for (const { value, weight, transposed } of node.terms) {
      if (flow.wants(value)) {
        const back = { value: dy, weight: flow.read(weight), transposed: !transposed };
        flow.give(value, flow.emit({ kind: 'affine', terms: [back] }));
      }
      if (flow.wants(weight)) {
        const x = flow.read(value);
        const [left, right] = transposed ? [dy, x] : [x, dy];
        flow.sum({ kind: 'product', into: flow.read(weight), left, right });
      }
    }
    if (node.bias !== undefined && flow.wants(node.bias)) flow.give(node.bias, dy);
  },
};

function termSize(term: Term, look: Look): number {
  const weight = look.at(term.weight);
  const inner = needRow(look, term.value, 'the left side of a product');
  const { rows, columns } = weightShape(weight);
  if (rows === undefined) {
    look.fail(`the right side of a product must be a matrix; '${weight.name}' is none`);
    return 0;
  }
  const [takes, gives] = term.transposed ? [columns, rows] : [rows, columns];
  if (inner !== takes) {
    const value = look.at(term.value);
    const side = `${weight.name}${term.transposed ? 'ᵀ' : ''} [${takes}, ${gives}]`;
    look.fail(`inner sizes must match; got '${value.name}' [${inner}] and ${side}`);
  }
  return gives;
}

function checkBias(bias: number, size: number, look: Look): void {
  const value = look.at(bias);
  const { rows, columns } = weightShape(value);
  if (value.kind !== 'weight' || rows !== undefined) {
    look.fail(`the added '${value.name}' must be a vector weight`);
  } else if (columns !== size) {
    look.fail(`the added vector '${value.name}' must have ${size} elements; it has ${columns}`);
  }
}
