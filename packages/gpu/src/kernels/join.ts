import { type Operand, sizeOf } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf } from '../device/gpu-memory.ts';

/** Buffers that a kernel may read: WebGPU grants eight, one is the result. */
export const MOST_INPUTS = 7;

/** A part of a concatenation: where it begins in its content, and how long it is along the axis. */
interface Part {
  readonly content: Content;
  readonly offset: number;
  readonly length: number;
}

/** Parts along an axis that has `outer` lines before it and `inner` elements after it. */
export function join(
  device: Device,
  parts: readonly Part[],
  outer: number,
  inner: number,
  operation = 'concat',
): Content {
  return joinAll(device, parts, outer, inner, operation, (few) => few);
}

/** Parts of which there are as many as a sequence has steps: one text joins any number, with empty ones before the first. */
export function joinSteps(device: Device, parts: readonly Part[], operation: string): Content {
  return joinAll(device, parts, 1, 1, operation, (few) => {
    const missing = MOST_INPUTS - few.length;
    return [...Array<Part>(missing).fill({ ...few[0], length: 0 }), ...few];
  });
}

function joinAll(
  device: Device,
  parts: readonly Part[],
  outer: number,
  inner: number,
  operation: string,
  filled: (few: readonly Part[]) => readonly Part[],
): Content {
  const few = (group: readonly Part[]) => joinFew(device, filled(group), outer, inner, operation);
  if (parts.length <= MOST_INPUTS) return few(parts);
  const groups: Part[] = [];
  for (let from = 0; from < parts.length; from += MOST_INPUTS) {
    const group = parts.slice(from, from + MOST_INPUTS);
    groups.push({ content: few(group), offset: 0, length: lengthOf(group) });
  }
  return joinAll(device, groups, outer, inner, operation, filled);
}

function joinFew(
  device: Device,
  parts: readonly Part[],
  outer: number,
  inner: number,
  operation: string,
): Content {
  const length = lengthOf(parts);
  const starts = parts.map((_, k) => lengthOf(parts.slice(0, k)));
  return device.submit({
    operation,
    source: source(parts.length),
    inputs: parts.map(({ content }) => content),
    numbers: [inner, length, ...parts.flatMap((part, k) => [part.offset, part.length, starts[k]])],
    length: outer * length * inner,
  });
}

function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function source(count: number): string {
  const all = Array.from({ length: count }, (_, k) => k);
  const read = (k: number) => `y = a${k}[o${k} + (row * n${k} + c - s${k}) * inner + i];`;
  const branches = all.map((k) =>
    k === count - 1 ? `{ ${read(k)} }` : `if (c < s${k} + n${k}) { ${read(k)} }`,
  );
  return `function(${[...all.map((k) => `a${k}`), 'inner', 'total', ...all.flatMap((k) => [`o${k}`, `n${k}`, `s${k}`])].join(', ')}) {
    const q = quotient(this.thread.x, inner);
    const i = this.thread.x - q * inner;
    const row = quotient(q, total);
    const c = q - row * total;
    let y = 0;
    ${branches.join(' else ')}
    return y;
  }`;
}

/** The same operands, so few that a kernel can read them all: those that are too many lie in one content together. */
export function fewOperands(
  device: Device,
  operands: readonly Operand[],
  most = MOST_INPUTS,
): { contents: Content[]; of: number[]; offsets: number[] } {
  const contents: Content[] = [];
  const of = operands.map((x) => {
    const content = contentOf(x);
    if (!contents.includes(content)) contents.push(content);
    return contents.indexOf(content);
  });
  const offsets = operands.map((x) => x.offset);
  if (contents.length <= most) return { contents, of, offsets };
  const sizes = operands.map(({ shape }) => sizeOf(shape));
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0));
  const parts = operands.map((x, k) => ({
    content: contentOf(x),
    offset: x.offset,
    length: sizes[k],
  }));
  const content = join(device, parts, 1, 1, 'pack');
  return { contents: [content], of: operands.map(() => 0), offsets: starts };
}
