import type { Computation, Size, Window } from '../program.ts';
import { type Look, needRow, type Rule } from '../rule.ts';

type Of<K extends Computation['kind']> = Extract<Computation, { kind: K }>;

/** y = x[:, from:to]; back, dy stands at the same columns among zeros. */
export const columns: Rule<Of<'columns'>> = {
  operands: (node) => [node.x],
  mapped: (node, to) => ({ ...node, x: to(node.x) }),
  size: (node, look) => inside(node.window, needRow(look, node.x, 'what is cut'), look),
  equation: (node, name) => `${name(node.x)}[:, ${node.window.join(':')}]`,
  derivative(node, flow) {
    if (!flow.wants(node.x)) return;
    const back = { kind: 'columnsGradient', gradient: flow.dy, window: node.window } as const;
    flow.give(node.x, flow.emit(back, flow.size(node.x)));
  },
};

/** y[:, from:to] = x, zero elsewhere; back, dy[:, from:to]. */
export const columnsGradient: Rule<Of<'columnsGradient'>> = {
  operands: (node) => [node.gradient],
  mapped: (node, to) => ({ ...node, gradient: to(node.gradient) }),
  size(node, look) {
    const size: Size = look.stated ?? node.window[1];
    const within = inside(node.window, typeof size === 'number' ? size : 0, look);
    const given = needRow(look, node.gradient, 'what is put back');
    if (given !== within) look.fail(`a window of ${within} columns cannot take ${given}`);
    return size;
  },
  equation: (node, name) => `put(${name(node.gradient)}, ${node.window.join(':')})`,
  derivative(node, flow) {
    if (!flow.wants(node.gradient)) return;
    flow.give(node.gradient, flow.emit({ kind: 'columns', x: flow.dy, window: node.window }));
  },
};

/** y = [a, b, …]; back, each part its columns of dy. */
export const concat: Rule<Of<'concat'>> = {
  operands: (node) => node.parts,
  mapped: (node, to) => ({ ...node, parts: node.parts.map(to) }),
  size: (node, look) =>
    node.parts.reduce((size, part) => size + needRow(look, part, 'a part of a concat'), 0),
  equation: (node, name) => `[${node.parts.map(name).join(', ')}]`,
  derivative(node, flow) {
    let from = 0;
    for (const part of node.parts) {
      const to = from + (flow.size(part) as number);
      if (flow.wants(part)) {
        flow.give(part, flow.emit({ kind: 'columns', x: flow.dy, window: [from, to] }));
      }
      from = to;
    }
  },
};

function inside([from, to]: Window, size: number, look: Look): number {
  const whole = Number.isInteger(from) && Number.isInteger(to);
  if (!whole || from < 0 || to <= from || to > size) {
    look.fail(`columns ${from}:${to} do not lie in 0:${size}`);
  }
  return Math.max(0, to - from);
}
