import type { Value } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { KernelText } from '../source/kernel-text.ts';
import type { Run } from './run.ts';

/** `sequence`: the one that a row belongs to. */
export function sequenceLine(run: Run, t: number | undefined, text: KernelText): string {
  const sequences = t === undefined ? run.rows.allSequences : run.rows.sequences;
  return `const sequence = ${text.buffer(sequences)}[row];`;
}

/** A memory in a kernel: its entries, which of them exist, and an element. */
export interface MemoryText {
  readonly buffer: string;
  readonly offset: string;
  readonly entries: string;
  readonly size: string;
  readonly lengths: string;
}

export function memoryText(run: Run, ref: number, text: KernelText): MemoryText {
  const value = run.value(ref);
  if (value.kind !== 'memory') throw new TypeError(`'${value.name}' is not a memory`);
  const { content, offset } = run.inputs.memory(value.name);
  return {
    buffer: text.buffer(content),
    offset: text.number(offset),
    entries: text.number(run.rows.sources.get(value.source) as number),
    size: text.number(run.size(ref)),
    lengths: text.buffer(run.rows.lengths.get(value.source) as Content),
  };
}

/** Where an entry of a memory begins. */
export function entryStart({ offset, entries, size }: MemoryText, entry: string): string {
  return `${offset} + (sequence * ${entries} + ${entry}) * ${size}`;
}

/** The element of a memory read. */
export function attentionBody(
  run: Run,
  node: Value,
  t: number | undefined,
  text: KernelText,
): string[] {
  switch (node.kind) {
    case 'score':
      return score(run, node, t, text);
    case 'scoreGradient':
      return scoreGradient(run, node, t, text);
    case 'memorySum': {
      const memory = memoryText(run, node.memory, text);
      const weight = text.read(run.at(node.weights, t), 'row', 'p');
      return [
        sequenceLine(run, t, text),
        `const count = ${memory.lengths}[sequence];`,
        'let sum = 0;',
        'for (let p = 0; p < count; p++) {',
        `  sum = sum + ${weight} * ${memory.buffer}[${entryStart(memory, 'p')} + j];`,
        '}',
        'return sum;',
      ];
    }
    default:
      throw new TypeError(`the GPU has no kernel for the value '${node.name}' (${node.kind})`);
  }
}

function score(
  run: Run,
  node: Extract<Value, { kind: 'score' }>,
  t: number | undefined,
  text: KernelText,
): string[] {
  const memory = memoryText(run, node.memory, text);
  const query = text.read(run.at(node.query, t), 'row', 'p');
  const key = `${memory.buffer}[start + p]`;
  const product =
    node.form === 'dot'
      ? `${query} * ${key}`
      : `${vectorElement(run, node.vector, 'p', text)} * hyperbolicTangent(${query} + ${key})`;
  return [
    sequenceLine(run, t, text),
    'let sum = 0;',
    `if (j < ${memory.lengths}[sequence]) {`,
    `  const start = ${entryStart(memory, 'j')};`,
    `  for (let p = 0; p < ${memory.size}; p++) { sum = sum + ${product}; }`,
    '}',
    'return sum;',
  ];
}

function scoreGradient(
  run: Run,
  node: Extract<Value, { kind: 'scoreGradient' }>,
  t: number | undefined,
  text: KernelText,
): string[] {
  const memory = memoryText(run, node.memory, text);
  const query = text.read(run.at(node.query, t), 'row', 'j');
  return [
    sequenceLine(run, t, text),
    `const count = ${memory.lengths}[sequence];`,
    `const query = ${query};`,
    'let sum = 0;',
    'for (let p = 0; p < count; p++) {',
    `  const y = hyperbolicTangent(query + ${memory.buffer}[${entryStart(memory, 'p')} + j]);`,
    `  sum = sum + ${text.read(run.at(node.gradient, t), 'row', 'p')} * (1 - y * y);`,
    '}',
    `return ${vectorElement(run, node.vector, 'j', text)} * sum;`,
  ];
}

/** An element of a vector weight. */
export function vectorElement(run: Run, ref: number, index: string, text: KernelText): string {
  const value = run.value(ref);
  if (value.kind !== 'weight') throw new TypeError(`'${value.name}' is not a weight`);
  const { content, offset } = run.inputs.parameter(value.parameter);
  return `${text.buffer(content)}[${text.number(offset + value.columns[0])} + ${index}]`;
}
