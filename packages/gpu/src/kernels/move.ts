import { aroundAxis, type Operand, type Shape, sizeOf, stridesOf } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf, isWhole } from '../device/gpu-memory.ts';
import { shortest, walkArguments, walkLines, walkNumbers, walkPosition } from '../source/walk.ts';
import { join } from './join.ts';

/** Elements from `offset` on by steps along the axes of a shape. */
export function strided(
  device: Device,
  operation: string,
  content: Content,
  offset: number,
  shape: Shape,
  strides: readonly number[],
): Content {
  const walk = shortest(shape, [strides]);
  const rank = walk.sizes.length;
  return device.submit({
    operation,
    source: `function(${['a', ...walkArguments(rank, 1)].join(', ')}) {
    ${walkLines(rank).join('\n    ')}
    return a[${walkPosition(rank, 0)}];
  }`,
    inputs: [content],
    numbers: walkNumbers(walk, [offset]),
    length: sizeOf(shape),
  });
}

/** The elements of an operand, in a content of its own; what is all of one is shared, because contents never change. */
export function elements(device: Device, x: Operand, operation = 'copy'): Content {
  if (isWhole(x)) return contentOf(x);
  return strided(device, operation, contentOf(x), x.offset, [sizeOf(x.shape)], [1]);
}

export function transpose(device: Device, x: Operand, axes: readonly number[]): Content {
  const strides = stridesOf(x.shape);
  const shape = axes.map((axis) => x.shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  return strided(device, 'transpose', contentOf(x), x.offset, shape, steps);
}

export function slice(
  device: Device,
  x: Operand,
  starts: readonly number[],
  sizes: readonly number[],
  steps: readonly number[],
): Content {
  const strides = stridesOf(x.shape);
  const first = starts.reduce((sum, start, axis) => sum + start * strides[axis], x.offset);
  const walked = steps.map((step, axis) => step * strides[axis]);
  return strided(device, 'slice', contentOf(x), first, sizes, walked);
}

/** Each element looks whether it lies inside of x. */
export function pad(
  device: Device,
  x: Operand,
  before: readonly number[],
  after: readonly number[],
  value: number,
): Content {
  const shape = x.shape.map((n, axis) => before[axis] + n + after[axis]);
  const rank = Math.max(shape.length, 1);
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const inside = axes.map((axis) => `c${axis} >= b${axis} && c${axis} < b${axis} + m${axis}`);
  const position = axes.map((axis) => `(c${axis} - b${axis}) * s0_${axis}`).join(' + ');
  const names = ['a', 'value', ...walkArguments(rank, 1), ...axes.map((a) => `b${a}, m${a}`)];
  const one = (list: readonly number[], otherwise: number) =>
    list.length > 0 ? list : [otherwise];
  const walk = { sizes: one(shape, 1), strides: [one(stridesOf(x.shape), 1)] };
  const margins = axes.flatMap((axis) => [before[axis] ?? 0, x.shape[axis] ?? 1]);
  return device.submit({
    operation: 'pad',
    source: `function(${names.join(', ')}) {
    ${walkLines(rank).join('\n    ')}
    let y = value;
    if (${inside.join(' && ')}) { y = a[o0 + ${position}]; }
    return y;
  }`,
    inputs: [contentOf(x)],
    numbers: [value, ...walkNumbers(walk, [x.offset]), ...margins],
    length: sizeOf(shape),
  });
}

export function concat(device: Device, inputs: readonly Operand[], axis: number): Content {
  const { outer, inner } = aroundAxis(inputs[0].shape, axis);
  const parts = inputs
    .filter((x) => x.shape[axis] > 0)
    .map((x) => ({ content: contentOf(x), offset: x.offset, length: x.shape[axis] }));
  return join(device, parts, outer, inner);
}

const spliced = `function(a, b, from, count, offset) {
  const i = this.thread.x - from;
  let y = 0;
  if (i >= 0 && i < count) { y = b[offset + i]; } else { y = a[this.thread.x]; }
  return y;
}`;

/** A content with the elements of `source`, from `offset` on, in the place of those of `target`. */
export function splice(device: Device, target: Operand, source: Content, offset: number): Content {
  const size = sizeOf(target.shape);
  if (isWhole(target)) {
    if (source.length === size) return source;
    return strided(device, 'assign', source, offset, [size], [1]);
  }
  return device.submit({
    operation: 'assign',
    source: spliced,
    inputs: [contentOf(target), source],
    numbers: [target.offset, size, offset],
    length: target.memory.length,
  });
}
