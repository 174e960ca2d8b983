import type { Ref, Sum, Value } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import { multiply } from '../kernels/product.ts';
import { reduceLines } from '../kernels/reduce.ts';
import { KernelText, type Place } from '../source/kernel-text.ts';
import { entryStart, memoryText, vectorElement } from './attention.ts';
import { compact } from './carried.ts';
import type { Run } from './run.ts';

/** A sum of all steps, and where it belongs in the gradient: a window of a parameter, or all of another value. */
export interface Part {
  readonly content: Content;
  readonly rows: number;
  readonly columns: number;
  readonly top: number;
  readonly left: number;
}

export function sumOf(run: Run, sum: Sum): Part {
  const into = run.value(sum.into);
  const [rows, columns, content] = contentOf(run, sum, into);
  const window = into.kind === 'weight';
  return {
    content,
    rows,
    columns,
    top: window ? (into.rows?.[0] ?? 0) : 0,
    left: window ? into.columns[0] : 0,
  };
}

type Sized = readonly [rows: number, columns: number, content: Content];

function contentOf(run: Run, sum: Sum, into: Value): Sized {
  const { batch, total } = run.rows;
  switch (sum.kind) {
    case 'product':
      return productOf(run, run.all(sum.left), run.all(sum.right), [
        run.size(sum.left),
        run.size(sum.right),
      ]);
    case 'columns': {
      const n = run.size(sum.value);
      const { content, offset } = compact(run.device, run.all(sum.value), total, n);
      return [1, n, reduceLines(run.device, 'sum', content, offset, [total, n], 0)];
    }
    case 'steps':
      return stepsOf(run, sum.value);
    case 'outer':
    case 'additiveKeys': {
      const entries = into.kind === 'memory' ? (run.rows.sources.get(into.source) ?? 0) : 0;
      const text = new KernelText();
      const body = sum.kind === 'outer' ? outerBody(run, sum, text) : keysBody(run, sum, text);
      const n = run.size(sum.into);
      return [batch * entries, n, text.submit(run.device, sum.kind, batch * entries, n, body)];
    }
    case 'additiveVector':
      return vectorOf(run, sum);
  }
}

/** leftᵀ · right over all rows of all steps. */
function productOf(run: Run, left: Place, right: Place, [m, n]: readonly [number, number]): Sized {
  const content = multiply(run.device, {
    operation: 'product',
    a: { content: left.content, offset: left.offset, row: 1, column: left.stride },
    b: { content: right.content, offset: right.offset, row: right.stride, column: 1 },
    sizes: [m, run.rows.total, n],
  });
  return [m, n, content];
}

/** Lines around what is added for row `r` of each step that sequence `sequence` takes part in. */
function overSteps(run: Run, text: KernelText, lines: readonly string[]): string[] {
  const steps = text.buffer(run.rows.steps);
  return [
    'let sum = 0;',
    `for (let t = 0; t < ${text.number(run.rows.batchSizes.length)}; t++) {`,
    `  if (sequence < ${steps}[2 * t + 1]) {`,
    `    const r = ${steps}[2 * t] + sequence;`,
    ...lines.map((line) => `    ${line}`),
    '  }',
    '}',
  ];
}

function stepsOf(run: Run, value: Ref): Sized {
  const { batch } = run.rows;
  const n = run.size(value);
  const text = new KernelText();
  const added = `sum = sum + ${text.read(run.all(value), 'r', 'j')};`;
  const body = ['const sequence = row;', ...overSteps(run, text, [added]), 'return sum;'];
  return [batch, n, text.submit(run.device, 'steps', batch, n, body)];
}

/** The entry of a memory that a row of its gradient is. */
function entryLines(entries: string): string[] {
  return [
    `const sequence = quotient(row, ${entries});`,
    `const entry = row - sequence * ${entries};`,
  ];
}

function outerBody(
  run: Run,
  sum: Extract<Sum, { kind: 'outer' }>,
  text: KernelText,
): readonly string[] {
  const memory = memoryText(run, sum.into, text);
  const weight = text.read(run.all(sum.weights), 'r', 'entry');
  const vector = text.read(run.all(sum.vector), 'r', 'j');
  return [
    ...entryLines(memory.entries),
    ...overSteps(run, text, [`sum = sum + ${weight} * ${vector};`]),
    ...onlyExisting(memory.lengths),
  ];
}

function keysBody(
  run: Run,
  sum: Extract<Sum, { kind: 'additiveKeys' }>,
  text: KernelText,
): readonly string[] {
  const memory = memoryText(run, sum.into, text);
  const query = text.read(run.all(sum.query), 'r', 'j');
  const slope = text.read(run.all(sum.gradient), 'r', 'entry');
  return [
    ...entryLines(memory.entries),
    `const key = ${memory.buffer}[${entryStart(memory, 'entry')} + j];`,
    ...overSteps(run, text, [
      `const y = hyperbolicTangent(${query} + key);`,
      `sum = sum + ${slope} * (1 - y * y);`,
    ]),
    `sum = sum * ${vectorElement(run, sum.vector, 'j', text)};`,
    ...onlyExisting(memory.lengths),
  ];
}

function onlyExisting(lengths: string): string[] {
  return [
    'let result = 0;',
    `if (entry < ${lengths}[sequence]) { result = sum; }`,
    'return result;',
  ];
}

/** Row by row, then over the rows. */
function vectorOf(run: Run, sum: Extract<Sum, { kind: 'additiveVector' }>): Sized {
  const { total, allSequences } = run.rows;
  const n = run.size(sum.memory);
  const text = new KernelText();
  const memory = memoryText(run, sum.memory, text);
  const body = [
    `const sequence = ${text.buffer(allSequences)}[row];`,
    `const count = ${memory.lengths}[sequence];`,
    `const query = ${text.read(run.all(sum.query), 'row', 'j')};`,
    'let sum = 0;',
    'for (let p = 0; p < count; p++) {',
    `  const key = ${memory.buffer}[${entryStart(memory, 'p')} + j];`,
    `  sum = sum + ${text.read(run.all(sum.gradient), 'row', 'p')} * hyperbolicTangent(query + key);`,
    '}',
    'return sum;',
  ];
  const perRow = text.submit(run.device, sum.kind, total, n, body);
  return [1, n, reduceLines(run.device, 'sum', perRow, 0, [total, n], 0)];
}

/** Parts in the windows where they belong; zero elsewhere. */
export function assemble(
  run: Run,
  parts: readonly Part[],
  rows: number,
  columns: number,
  begun?: Content,
): Content {
  const [first] = parts;
  if (parts.length === 1 && begun === undefined && first.rows * first.columns === rows * columns) {
    return first.content;
  }
  const text = new KernelText();
  const lines = [
    `let sum = ${begun ? text.read({ content: begun, offset: 0, stride: columns }, 'row', 'j') : '0'};`,
  ];
  let taken = 0;
  while (taken < parts.length && text.room > 0) lines.push(windowLine(parts[taken++], text));
  const content = text.submit(run.device, 'gradient', rows, columns, [...lines, 'return sum;']);
  return taken === parts.length
    ? content
    : assemble(run, parts.slice(taken), rows, columns, content);
}

function windowLine({ content, rows, columns, top, left }: Part, text: KernelText): string {
  const [a, b] = [text.number(top), text.number(left)];
  const inside = [
    `row >= ${a}`,
    `row < ${a} + ${text.number(rows)}`,
    `j >= ${b}`,
    `j < ${b} + ${text.number(columns)}`,
  ];
  const place = { content, offset: 0, stride: columns };
  const element = text.read(place, `(row - ${a})`, `j - ${b}`);
  return `if (${inside.join(' && ')}) { sum = sum + ${element}; }`;
}
