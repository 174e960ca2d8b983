import type { Ref, Term, Value } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import { multiply } from '../kernels/product.ts';
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
  begun: Place | undefined = bias === undefined ? undefined : biasOf(run, bias),
): Content {
  const [first, ...others] = terms;
  // At a step, one kernel for all terms is worth more than a fast one for each.
  if (t !== undefined && others.length > 0) return together(run, terms, columns, t, begun);
  const content = single(run, first, columns, t, begun);
  if (others.length === 0) return content;
  return product(run, others, undefined, columns, t, { content, offset: 0, stride: columns });
}

function biasOf(run: Run, bias: Ref): Place {
  const value = run.value(bias);
  if (value.kind !== 'weight') return run.at(bias, undefined);
  const { content, offset } = run.inputs.parameter(value.parameter);
  return { content, offset: offset + value.columns[0], stride: 0 };
}

/** The matrix of a term: the place of its corner. */
function matrixOf(run: Run, { weight }: Term): Place {
  const node = run.value(weight);
  if (node.kind !== 'weight') throw new TypeError(`'${node.name}' is not a weight`);
  const { content, offset, stride } = run.inputs.parameter(node.parameter);
  const top = node.rows?.[0] ?? 0;
  return { content, offset: offset + top * stride + node.columns[0], stride };
}

function single(
  run: Run,
  term: Term,
  columns: number,
  t: number | undefined,
  begun: Place | undefined,
): Content {
  const x = run.at(term.value, t);
  const { content, offset, stride } = matrixOf(run, term);
  return multiply(run.device, {
    operation: 'affine',
    a: { content: x.content, offset: x.offset, row: x.stride, column: 1 },
    b: {
      content,
      offset,
      row: term.transposed ? 1 : stride,
      column: term.transposed ? stride : 1,
    },
    sizes: [run.count(t), run.size(term.value), columns],
    begun: begun && { content: begun.content, offset: begun.offset, row: begun.stride },
  });
}

/** As many terms as a kernel may read, and the others after it. */
function together(
  run: Run,
  terms: readonly Term[],
  columns: number,
  t: number,
  begun: Place | undefined,
): Content {
  const text = new KernelText();
  const lines = [`let sum = ${begun === undefined ? '0' : text.read(begun, 'row', 'j')};`];
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
  if (taken === terms.length) return content;
  const rest = terms.slice(taken);
  return product(run, rest, undefined, columns, t, { content, offset: 0, stride: columns });
}

function termLines(run: Run, term: Term, t: number, text: KernelText, k: number): string[] {
  const { content, offset, stride } = matrixOf(run, term);
  const matrix = text.buffer(content);
  const corner = text.number(offset);
  const wide = text.number(stride);
  const x = run.at(term.value, t);
  const row = text.start(x, 'row');
  const left = `${text.buffer(x.content)}[x${k} + p${k}]`;
  const right = term.transposed
    ? `${matrix}[${corner} + j * ${wide} + p${k}]`
    : `${matrix}[${corner} + p${k} * ${wide} + j]`;
  const size = text.number(run.size(term.value));
  return [
    `const x${k} = ${row};`,
    `for (let p${k} = 0; p${k} < ${size}; p${k}++) { sum = sum + ${left} * ${right}; }`,
  ];
}
