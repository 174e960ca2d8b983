import { UnsupportedError } from '../../contract/errors.ts';
import type { Computation, Ref, Size } from '../program.ts';
import { type Look, needRow, type Rule, sizeText, weightShape } from '../rule.ts';

type Of<K extends Computation['kind']> = Extract<Computation, { kind: K }>;

/**
 * sⱼ = Σₙ qₙ·kⱼₙ, or sⱼ = Σₙ vₙ·tanh(qₙ + kⱼₙ) (Bahdanau, Cho and Bengio 2015). Back, for 'dot': `dq = Σⱼ dsⱼ·kⱼ`,
 * `dkⱼ = dsⱼ·q`; for 'additive', with gⱼ = v ⊙ (1 − tanh²(q + kⱼ)): `dq = Σⱼ dsⱼ·gⱼ`, `dkⱼ = dsⱼ·gⱼ`,
 * `dv = Σⱼ dsⱼ·tanh(q + kⱼ)`.
 */
export const score: Rule<Of<'score'>> = {
  operands: (node) =>
    node.form === 'dot' ? [node.query, node.memory] : [node.query, node.memory, node.vector],
  mapped(node, to) {
    const common = { kind: 'score', query: to(node.query), memory: to(node.memory) } as const;
    return node.form === 'dot'
      ? { ...common, form: 'dot' }
      : { ...common, form: 'additive', vector: to(node.vector) };
  },
  size(node, look) {
    const columns = needRow(look, node.query, 'a query');
    if (node.form === 'additive') needVector(look, node.vector, columns);
    return sourceOf(look, node.memory, columns);
  },
  equation: (node, name) =>
    node.form === 'dot'
      ? `${name(node.query)}·${name(node.memory)}ᵀ`
      : `Σ ${name(node.vector)}·tanh(${name(node.query)} + ${name(node.memory)})`,
  derivative(node, flow) {
    if (node.form === 'dot') dotDerivative(node, flow);
    else additiveDerivative(node, flow);
  },
};

type Flowing = Parameters<Rule<Of<'score'>>['derivative']>[1];

function dotDerivative(node: Extract<Of<'score'>, { form: 'dot' }>, flow: Flowing): void {
  const memory = flow.read(node.memory);
  if (flow.wants(node.query)) {
    flow.give(node.query, flow.emit({ kind: 'memorySum', weights: flow.dy, memory }));
  }
  if (flow.wants(node.memory)) {
    flow.sum({ kind: 'outer', into: memory, weights: flow.dy, vector: flow.read(node.query) });
  }
}

function additiveDerivative(node: Extract<Of<'score'>, { form: 'additive' }>, flow: Flowing): void {
  const [query, memory] = [flow.read(node.query), flow.read(node.memory)];
  const vector = flow.read(node.vector);
  const gradient = flow.dy;
  if (flow.wants(node.query)) {
    flow.give(node.query, flow.emit({ kind: 'scoreGradient', query, memory, vector, gradient }));
  }
  if (flow.wants(node.memory)) {
    flow.sum({ kind: 'additiveKeys', into: memory, query, vector, gradient });
  }
  if (flow.wants(node.vector)) {
    flow.sum({ kind: 'additiveVector', into: vector, query, memory, gradient });
  }
}

export const scoreGradient: Rule<Of<'scoreGradient'>> = {
  operands: (node) => [node.query, node.memory, node.vector, node.gradient],
  mapped: (node, to) => ({
    kind: 'scoreGradient',
    query: to(node.query),
    memory: to(node.memory),
    vector: to(node.vector),
    gradient: to(node.gradient),
  }),
  size(node, look) {
    const columns = needRow(look, node.query, 'a query');
    needVector(look, node.vector, columns);
    needSource(look, node.gradient, sourceOf(look, node.memory, columns));
    return columns;
  },
  equation(node, name) {
    const [q, k] = [name(node.query), name(node.memory)];
    return `${name(node.vector)}·Σ ${name(node.gradient)}·(1 − tanh²(${q} + ${k}))`;
  },
  derivative() {
    throw new UnsupportedError(
      'derive',
      'scoreGradient belongs to a derivative program, whose derivative is taken by replaying the step',
    );
  },
};

/** y = Σⱼ aⱼ·mⱼ; back, `daⱼ = Σₙ dyₙ·mⱼₙ` and `dmⱼ = aⱼ·dy`. */
export const memorySum: Rule<Of<'memorySum'>> = {
  operands: (node) => [node.weights, node.memory],
  mapped: (node, to) => ({ ...node, weights: to(node.weights), memory: to(node.memory) }),
  size(node, look) {
    needSource(look, node.weights, sourceOf(look, node.memory));
    return look.at(node.memory).size;
  },
  equation: (node, name) => `${name(node.weights)}·${name(node.memory)}`,
  derivative(node, flow) {
    const memory = flow.read(node.memory);
    if (flow.wants(node.weights)) {
      const back = { kind: 'score', form: 'dot', query: flow.dy, memory } as const;
      flow.give(node.weights, flow.emit(back));
    }
    if (flow.wants(node.memory)) {
      flow.sum({ kind: 'outer', into: memory, weights: flow.read(node.weights), vector: flow.dy });
    }
  },
};

/** The source of a memory; complains when it is none, or when its columns are not the query's. */
function sourceOf(look: Look, operand: Ref, columns?: number): Size {
  const memory = look.at(operand);
  if (memory.kind !== 'memory') {
    look.fail(`'${memory.name}' must be a memory; it is of kind ${memory.kind}`);
    return 1;
  }
  if (columns !== undefined && memory.size !== columns) {
    look.fail(`a query of ${columns} columns meets the memory '${memory.name}' of ${memory.size}`);
  }
  return { source: memory.source };
}

function needSource(look: Look, operand: Ref, size: Size): void {
  const value = look.at(operand);
  if (sizeText(value.size) !== sizeText(size)) {
    look.fail(
      `'${value.name}' must have ${sizeText(size)} for its size; got ${sizeText(value.size)}`,
    );
  }
}

function needVector(look: Look, operand: Ref, columns: number): void {
  const vector = look.at(operand);
  const shape = weightShape(vector);
  if (vector.kind !== 'weight' || shape.rows !== undefined || shape.columns !== columns) {
    look.fail(`'${vector.name}' must be a vector weight of ${columns} elements`);
  }
}
