import { UnsupportedError } from '../../contract/errors.ts';
import type { Computation, Ref } from '../program.ts';
import { needRow, type Rule, sameSize } from '../rule.ts';

type Of<K extends Computation['kind']> = Extract<Computation, { kind: K }>;

/** y = (x − mean(x)) / √(var(x) + ε), row by row. */
export const rowNorm: Rule<Of<'rowNorm'>> = {
  operands: (node) => [node.x],
  mapped: (node, to) => ({ ...node, x: to(node.x) }),
  size: (node, look) => {
    if (!(node.eps >= 0)) look.fail(`eps must be a number from 0 on; got ${node.eps}`);
    return needRow(look, node.x, 'what is normalised');
  },
  equation: (node, name) => `norm(${name(node.x)})`,
  derivative(node, flow) {
    if (!flow.wants(node.x)) return;
    const operands = { x: flow.read(node.x), normed: flow.read(flow.self), gradient: flow.dy };
    flow.give(node.x, flow.emit({ kind: 'rowNormGradient', ...operands, eps: node.eps }));
  },
};

export const rowNormGradient: Rule<Of<'rowNormGradient'>> = {
  operands: (node) => [node.x, node.normed, node.gradient],
  mapped: (node, to) => ({
    ...node,
    x: to(node.x),
    normed: to(node.normed),
    gradient: to(node.gradient),
  }),
  size(node, look) {
    const size = needRow(look, node.x, 'what was normalised');
    for (const other of [node.normed, node.gradient]) {
      if (!sameSize(look.at(other).size, size)) look.fail('its three values must have one size');
    }
    return size;
  },
  equation: (node, name) => `norm′(${name(node.x)})·${name(node.gradient)}`,
  derivative: () => noSecond('rowNormGradient'),
};

/** y = exp(x) / Σ exp(x), row by row; over a source, within its length. */
export const rowSoftmax: Rule<Of<'rowSoftmax'>> = {
  operands: (node) => [node.x],
  mapped: (node, to) => ({ ...node, x: to(node.x) }),
  size: (node, look) => look.at(node.x).size,
  equation: (node, name) => `softmax(${name(node.x)})`,
  derivative(node, flow) {
    if (!flow.wants(node.x)) return;
    const y = flow.read(flow.self);
    flow.give(node.x, flow.emit({ kind: 'rowSoftmaxGradient', y, gradient: flow.dy }));
  },
};

export const rowSoftmaxGradient: Rule<Of<'rowSoftmaxGradient'>> = {
  operands: (node) => [node.y, node.gradient],
  mapped: (node, to) => ({ ...node, y: to(node.y), gradient: to(node.gradient) }),
  size(node, look) {
    const { size } = look.at(node.y);
    if (!sameSize(look.at(node.gradient).size, size))
      look.fail('its two values must have one size');
    return size;
  },
  equation(node, name) {
    const [y, dy] = [name(node.y), name(node.gradient)];
    return `${y}·(${dy} − Σ ${dy}·${y})`;
  },
  derivative: () => noSecond('rowSoftmaxGradient'),
};

/** y = Σ x, row by row; over a source, within its length. */
export const rowSum: Rule<Of<'rowSum'>> = {
  operands: (node) => [node.x],
  mapped: (node, to) => ({ ...node, x: to(node.x) }),
  size: () => 1,
  equation: (node, name) => `Σ ${name(node.x)}`,
  derivative(node, flow) {
    if (flow.wants(node.x))
      flow.give(
        node.x,
        spread(flow.dy, (n) => flow.emit(n, flow.size(node.x))),
      );
  },
};

function spread(x: Ref, emit: (node: Computation) => Ref): Ref {
  const formula = { name: 'spread', arity: 1, steps: [], outputs: [0] };
  return emit({ kind: 'pointwise', formula, args: [x] });
}

/** The derivative of a derivative is taken by replaying the step, not by a third program. */
function noSecond(kind: string): never {
  throw new UnsupportedError(
    'derive',
    `${kind} belongs to a derivative program, whose derivative is taken by replaying the step`,
  );
}
