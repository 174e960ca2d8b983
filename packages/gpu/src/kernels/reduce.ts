import { aroundAxis, type Operand, type Reduction, type Shape, sizeOf } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf } from '../device/gpu-memory.ts';
import { join } from './join.ts';

/** Elements of one line of a matrix seen as `[outer, length, inner]`, in chunks that a thread takes each. */
const lines = (body: string) => `function(a, offset, length, inner, chunk, chunks) {
  const q = quotient(this.thread.x, inner);
  const i = this.thread.x - q * inner;
  const row = quotient(q, chunks);
  const from = (q - row * chunks) * chunk;
  const start = offset + (row * length + from) * inner + i;
  const count = Math.min(chunk, length - from);
  ${body}
}`;

/** Kahan 1965: what a sum lost is added to the next element. */
const sum = lines(`let y = 0;
  let lost = 0;
  for (let p = 0; p < count; p++) {
    const x = a[start + p * inner] - lost;
    const next = y + x;
    lost = (next - y) - x;
    if (!(lost === lost)) { lost = 0; }
    y = next;
  }
  return y;`);

/** Σ x², in which nothing cancels. */
const squares = lines(`let y = 0;
  for (let p = 0; p < count; p++) {
    const x = a[start + p * inner];
    y = y + x * x;
  }
  return y;`);

/** The greatest or least, and NaN before all others. */
const extreme = (sign: '<' | '>', result: 'y' | 'at') =>
  lines(`let y = a[start];
  let at = 0;
  for (let p = 1; p < count; p++) {
    const x = a[start + p * inner];
    if (y === y && (x ${sign} y || !(x === x))) {
      y = x;
      at = p;
    }
  }
  return ${result};`);

const sources: Readonly<Record<Reduction, string>> = {
  sum,
  max: extreme('>', 'y'),
  min: extreme('<', 'y'),
  argmax: extreme('>', 'at'),
  argmin: extreme('<', 'at'),
};

/** Lines from here on are cut, so that many threads share them. */
const LONG = 256;

export function reduce(device: Device, kind: Reduction, x: Operand, axis: number): Content {
  return reduceLines(device, kind, contentOf(x), x.offset, x.shape, axis);
}

/** Long lines are reduced in chunks, and then the chunks. */
export function reduceLines(
  device: Device,
  kind: Reduction,
  content: Content,
  offset: number,
  shape: Shape,
  axis: number,
): Content {
  const { outer, length, inner } = aroundAxis(shape, axis);
  const cut = length > LONG && kind !== 'argmax' && kind !== 'argmin';
  const chunk = cut ? Math.max(LONG, Math.ceil(Math.sqrt(length))) : Math.max(length, 1);
  const chunks = Math.max(1, Math.ceil(length / chunk));
  const reduced = device.submit({
    operation: kind,
    source: sources[kind],
    inputs: [content],
    numbers: [offset, length, inner, chunk, chunks],
    length: outer * chunks * inner,
  });
  if (chunks === 1) return reduced;
  return reduceLines(device, kind, reduced, 0, [outer, chunks, inner], 1);
}

/** Σ x² over all elements of all operands: chunks of each, and then the chunks. */
export function sumOfSquares(device: Device, inputs: readonly Operand[]): Content {
  const parts = inputs.map((x) => {
    const size = sizeOf(x.shape);
    const chunk = Math.max(LONG, Math.ceil(Math.sqrt(size)));
    const length = Math.max(1, Math.ceil(size / chunk));
    const content = device.submit({
      operation: 'sumOfSquares',
      source: squares,
      inputs: [contentOf(x)],
      numbers: [x.offset, size, 1, chunk, length],
      length,
    });
    return { content, offset: 0, length };
  });
  const all = parts.length === 1 ? parts[0].content : join(device, parts, 1, 1);
  return reduceLines(device, 'sum', all, 0, [all.length], 0);
}

const shifted = `function(a, offset, length, inner, distance, direction) {
  const q = quotient(this.thread.x, inner);
  const at = q - quotient(q, length) * length;
  const other = at + direction * distance;
  let y = a[offset + this.thread.x];
  if (other >= 0 && other < length) { y = y + a[offset + this.thread.x + direction * distance * inner]; }
  return y;
}`;

/** Running sums by doubling distances (Hillis and Steele 1986). */
export function cumsum(device: Device, x: Operand, axis: number, reverse: boolean): Content {
  const { outer, length, inner } = aroundAxis(x.shape, axis);
  let [content, offset] = [contentOf(x), x.offset];
  for (let distance = 1; distance === 1 || distance < length; distance *= 2) {
    content = device.submit({
      operation: 'cumsum',
      source: shifted,
      inputs: [content],
      numbers: [offset, length, inner, distance, reverse ? 1 : -1],
      length: outer * length * inner,
    });
    offset = 0;
  }
  return content;
}
