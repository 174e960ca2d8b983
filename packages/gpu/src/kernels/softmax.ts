import { type Operand, type Shape, sizeOf } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf } from '../device/gpu-memory.ts';
import { check } from './indexed.ts';
import { reduceLines } from './reduce.ts';

const mass = `function(a, peaks, offset, length) {
  const start = offset + this.thread.x * length;
  const peak = peaks[this.thread.x];
  let sum = 0;
  for (let p = 0; p < length; p++) { sum = sum + Math.exp(a[start + p] - peak); }
  return sum;
}`;

const perElement = (result: string) => `function(a, peaks, masses, offset, length) {
  const row = quotient(this.thread.x, length);
  const x = a[offset + this.thread.x] - peaks[row];
  return ${result};
}`;

const softmaxSource = perElement('Math.exp(x) / masses[row]');
const logSoftmaxSource = perElement('x - ln(masses[row])');

const entropy = `function(a, ids, peaks, masses, offset, length, ignore) {
  const id = ids[this.thread.x];
  let loss = 0;
  if (id !== ignore) {
    loss = ln(masses[this.thread.x]) - (a[offset + this.thread.x * length + id] - peaks[this.thread.x]);
  }
  return loss;
}`;

const entropyGradient = `function(a, ids, dy, peaks, masses, offset, offsetDy, length, ignore) {
  const row = quotient(this.thread.x, length);
  const column = this.thread.x - row * length;
  const id = ids[row];
  let slope = 0;
  if (id !== ignore) {
    const p = Math.exp(a[offset + this.thread.x] - peaks[row]) / masses[row];
    slope = (p - (column === id ? 1 : 0)) * dy[offsetDy + row];
  }
  return slope;
}`;

/** The greatest x of each row, and Σ exp(x − greatest). */
function massOf(device: Device, x: Operand): [peaks: Content, masses: Content, length: number] {
  const length = x.shape.at(-1) ?? 1;
  const rows = length === 0 ? 0 : sizeOf(x.shape) / length;
  const shape: Shape = [rows, length];
  const peaks = reduceLines(device, 'max', contentOf(x), x.offset, shape, 1);
  const masses = device.submit({
    operation: 'softmax',
    source: mass,
    inputs: [contentOf(x), peaks],
    numbers: [x.offset, length],
    length: rows,
  });
  return [peaks, masses, length];
}

export function softmax(device: Device, name: 'softmax' | 'logSoftmax', x: Operand): Content {
  const [peaks, masses, length] = massOf(device, x);
  return device.submit({
    operation: name,
    source: name === 'softmax' ? softmaxSource : logSoftmaxSource,
    inputs: [contentOf(x), peaks, masses],
    numbers: [x.offset, length],
    length: sizeOf(x.shape),
  });
}

/** −1 on the device, whatever is ignored: an id that float32 cannot tell from its neighbours would not be found. */
const IGNORED = -1;

function classesOf(device: Device, x: Operand, ids: Operand, ignoreIndex: number): Content {
  const [classes] = device.compute('crossEntropy', [ids], [x.shape[0]], (values) => [
    check('crossEntropy', ids, values, x.shape[1], ignoreIndex).map((id) =>
      id === ignoreIndex ? IGNORED : id,
    ),
  ]);
  return classes;
}

export function crossEntropy(
  device: Device,
  x: Operand,
  ids: Operand,
  ignoreIndex: number,
): Content {
  const classes = classesOf(device, x, ids, ignoreIndex);
  const [peaks, masses, length] = massOf(device, x);
  return device.submit({
    operation: 'crossEntropy',
    source: entropy,
    inputs: [contentOf(x), classes, peaks, masses],
    numbers: [x.offset, length, IGNORED],
    length: x.shape[0],
  });
}

export function crossEntropyBackward(
  device: Device,
  x: Operand,
  ids: Operand,
  dy: Operand,
  ignoreIndex: number,
): Content {
  const classes = classesOf(device, x, ids, ignoreIndex);
  const [peaks, masses, length] = massOf(device, x);
  return device.submit({
    operation: 'crossEntropyBackward',
    source: entropyGradient,
    inputs: [contentOf(x), classes, contentOf(dy), peaks, masses],
    numbers: [x.offset, dy.offset, length, IGNORED],
    length: sizeOf(x.shape),
  });
}
