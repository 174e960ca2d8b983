import type { Value } from '@unroll/backend';
import type { KernelText } from '../source/kernel-text.ts';
import { sequenceLine } from './attention.ts';
import type { Run } from './run.ts';

/** The element of a row operation; undefined for other kinds. */
export function rowBody(
  run: Run,
  node: Value,
  t: number | undefined,
  text: KernelText,
): string[] | undefined {
  switch (node.kind) {
    case 'rowNorm': {
      return [
        ...momentLines(
          (p) => text.read(run.at(node.x, t), 'row', p),
          text.number(run.size(node.x)),
          text.number(node.eps),
        ),
        `return (${text.read(run.at(node.x, t), 'row', 'j')} - mean) * rstd;`,
      ];
    }
    case 'rowNormGradient':
      return normGradient(run, node, t, text);
    case 'rowSoftmax':
      return softmax(run, node, t, text);
    case 'rowSoftmaxGradient':
      return softmaxGradient(run, node, t, text);
    case 'rowSum':
      return [
        ...existing(run, node.x, t, text),
        'let sum = 0;',
        `for (let p = 0; p < count; p++) { sum = sum + ${text.read(run.at(node.x, t), 'row', 'p')}; }`,
        'return sum + 0 * j;',
      ];
    default:
      return undefined;
  }
}

function momentLines(x: (index: string) => string, size: string, eps: string): string[] {
  return [
    'let total = 0;',
    `for (let p = 0; p < ${size}; p++) { total = total + ${x('p')}; }`,
    `const mean = total / ${size};`,
    'let squares = 0;',
    `for (let q = 0; q < ${size}; q++) { const d = ${x('q')} - mean; squares = squares + d * d; }`,
    `const rstd = 1 / Math.sqrt(squares / ${size} + ${eps});`,
  ];
}

function normGradient(
  run: Run,
  node: Extract<Value, { kind: 'rowNormGradient' }>,
  t: number | undefined,
  text: KernelText,
): string[] {
  const size = text.number(run.size(node.x));
  const normed = run.at(node.normed, t);
  const dy = run.at(node.gradient, t);
  const [y, slope] = [text.read(normed, 'row', 'u'), text.read(dy, 'row', 'u')];
  return [
    ...momentLines((p) => text.read(run.at(node.x, t), 'row', p), size, text.number(node.eps)),
    'let sum = 0;',
    'let dot = 0;',
    `for (let u = 0; u < ${size}; u++) {`,
    `  const g = ${slope};`,
    '  sum = sum + g;',
    `  dot = dot + g * ${y};`,
    '}',
    `const centred = ${text.read(dy, 'row', 'j')} - sum / ${size} - ${text.read(normed, 'row', 'j')} * dot / ${size};`,
    'return rstd * centred;',
  ];
}

/** `count`: how much of a row exists. */
function existing(run: Run, ref: number, t: number | undefined, text: KernelText): string[] {
  const { size } = run.value(ref);
  if (typeof size === 'number') return [`const count = ${text.number(size)};`];
  const lengths = run.rows.lengths.get(size.source);
  if (lengths === undefined) return [`const count = ${text.number(run.size(ref))};`];
  return [sequenceLine(run, t, text), `const count = ${text.buffer(lengths)}[sequence];`];
}

function softmax(
  run: Run,
  node: Extract<Value, { kind: 'rowSoftmax' }>,
  t: number | undefined,
  text: KernelText,
): string[] {
  const place = run.at(node.x, t);
  const x = (index: string) => text.read(place, 'row', index);
  return [
    ...existing(run, node.x, t, text),
    'let result = 0;',
    'if (j < count) {',
    `  let peak = ${text.read(place, 'row', '0')};`,
    `  for (let p = 1; p < count; p++) { peak = greatest(peak, ${x('p')}); }`,
    '  let sum = 0;',
    `  for (let q = 0; q < count; q++) { sum = sum + exponential(${x('q')} - peak); }`,
    `  result = exponential(${text.read(place, 'row', 'j')} - peak) / sum;`,
    '}',
    'return result;',
  ];
}

function softmaxGradient(
  run: Run,
  node: Extract<Value, { kind: 'rowSoftmaxGradient' }>,
  t: number | undefined,
  text: KernelText,
): string[] {
  const [y, dy] = [run.at(node.y, t), run.at(node.gradient, t)];
  const at = (place: typeof y, index: string) => text.read(place, 'row', index);
  return [
    ...existing(run, node.y, t, text),
    'let result = 0;',
    'if (j < count) {',
    '  let dot = 0;',
    `  for (let p = 0; p < count; p++) { dot = dot + ${at(dy, 'p')} * ${at(y, 'p')}; }`,
    `  result = ${at(y, 'j')} * (${at(dy, 'j')} - dot);`,
    '}',
    'return result;',
  ];
}
