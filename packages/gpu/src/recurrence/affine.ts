import type { Ref, Term, Value } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import { KernelText, type Place } from '../source/kernel-text.ts';
import type { Run } from './run.ts';

type Affine = Extract<Value, { kind: 'affine' }>;

/**
 * Σ value · matrix + bias, for `columns` columns from where the first of a group begins. At a step, what no state reaches
 * is taken from one product for all steps.
 */
export function computeAffine(
  run: Run,
  node: Affine,
  columns: number,
  t: number | undefined,
): Content {
  const still = node.terms.filter(({ value }) => !run.plan.moving[value]);
  if (t === undefined || (still.length === 0 && node.bias === undefined)) {
    return product(run, node.terms, node.bias, columns, t);
  }
  const moving = node.terms.filter(({ value }) => run.plan.moving[value]);
  if (still.length === 0) return product(run, moving, node.bias, columns, t);
  const begun = run.before(node, () => product(run, still, node.bias, columns, undefined));
  const offset = run.rows.firsts[t] * columns;
  return product(run, moving, undefined, columns, t, { content: begun, offset, stride: columns });
}

function product(
  run: Run,
  terms: readonly Term[],
  bias: Ref | undefined,
  columns: number,
  t: number | undefined,
  begun?: Place,
): Content {
  const text = new KernelText();
  const lines = [`let sum = ${start(run, bias, begun, text)};`];
  let taken = 0;
  // A term has two buffers, some of them read by others too.
  while (taken < terms.length && text.room >= 2) {
    lines.push(...termLines(run, terms[taken], t, text, taken));
    taken++;
  }
  const content = text.submit(run.device, 'affine', run.count(t), columns, [
    ...lines,
    'return sum;',
  ]);
  const rest = terms.slice(taken);
  if (rest.length === 0) return content;
  return product(run, rest, undefined, columns, t, { content, offset: 0, stride: columns });
}

function start(
  run: Run,
  bias: Ref | undefined,
  begun: Place | undefined,
  text: KernelText,
): string {
  if (begun !== undefined) return text.read(begun, 'row', 'j');
  if (bias === undefined) return '0';
  const value = run.value(bias);
  if (value.kind !== 'weight') return text.read(run.at(bias, undefined), 'row', 'j');
  const { content, offset } = run.inputs.parameter(value.parameter);
  return `${text.buffer(content)}[${text.number(offset + value.columns[0])} + j]`;
}

function termLines(
  run: Run,
  { value, weight, transposed }: Term,
  t: number | undefined,
  text: KernelText,
  k: number,
): string[] {
  const node = run.value(weight);
  if (node.kind !== 'weight') throw new TypeError(`'${node.name}' is not a weight`);
  const { content, offset, stride } = run.inputs.parameter(node.parameter);
  const top = node.rows?.[0] ?? 0;
  const matrix = text.buffer(content);
  const corner = text.number(offset + top * stride + node.columns[0]);
  const wide = text.number(stride);
  const x = run.at(value, t);
  const row = text.start(x, 'row');
  const left = `${text.buffer(x.content)}[x${k} + p${k}]`;
  const right = transposed
    ? `${matrix}[${corner} + j * ${wide} + p${k}]`
    : `${matrix}[${corner} + p${k} * ${wide} + j]`;
  return [
    `const x${k} = ${row};`,
    `for (let p${k} = 0; p${k} < ${text.number(run.size(value))}; p${k}++) { sum = sum + ${left} * ${right}; }`,
  ];
}
