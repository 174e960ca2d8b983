import { type Operand, sizeOf } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf } from '../device/gpu-memory.ts';

const mean = `function(a, offset, length) {
  const start = offset + this.thread.x * length;
  let sum = 0;
  for (let p = 0; p < length; p++) { sum = sum + a[start + p]; }
  return sum / length;
}`;

/** 1/√(σ² + ε), from differences to the mean: no squares of large numbers. */
const rstd = `function(a, means, offset, length, eps) {
  const start = offset + this.thread.x * length;
  const mean = means[this.thread.x];
  let sum = 0;
  for (let p = 0; p < length; p++) {
    const d = a[start + p] - mean;
    sum = sum + d * d;
  }
  return 1 / Math.sqrt(sum / length + eps);
}`;

const normed = `function(a, means, rstds, offset, length) {
  const row = quotient(this.thread.x, length);
  return (a[offset + this.thread.x] - means[row]) * rstds[row];
}`;

const dot = `function(y, dy, offset, length) {
  const start = this.thread.x * length;
  let sum = 0;
  for (let p = 0; p < length; p++) { sum = sum + y[start + p] * dy[offset + start + p]; }
  return sum / length;
}`;

const slope = `function(y, dy, rstds, means, dots, offset, length) {
  const row = quotient(this.thread.x, length);
  return (dy[offset + this.thread.x] - means[row] - y[this.thread.x] * dots[row]) * rstds[row];
}`;

/** What the rows of x have in common, and how many there are. */
function statistics(device: Device, x: Operand, eps: number) {
  const length = x.shape.at(-1) ?? 1;
  const rows = length === 0 ? 0 : sizeOf(x.shape) / length;
  const run = { operation: 'normalize', length: rows };
  const numbers = [x.offset, length];
  const a = contentOf(x);
  const means = device.submit({ ...run, source: mean, inputs: [a], numbers });
  const inputs = [a, means];
  const rstds = device.submit({ ...run, source: rstd, inputs, numbers: [...numbers, eps] });
  return { means, rstds, rows, width: length };
}

export function normalize(device: Device, x: Operand, eps: number): Content {
  const { means, rstds, width } = statistics(device, x, eps);
  return device.submit({
    operation: 'normalize',
    source: normed,
    inputs: [contentOf(x), means, rstds],
    numbers: [x.offset, width],
    length: sizeOf(x.shape),
  });
}

export function normalizeBackward(device: Device, x: Operand, dy: Operand, eps: number): Content {
  const { means, rstds, rows, width } = statistics(device, x, eps);
  const operation = 'normalizeBackward';
  const length = sizeOf(x.shape);
  const row = { operation, length: rows, numbers: [dy.offset, width] };
  const inputs = [contentOf(x), means, rstds];
  const y = device.submit({
    operation,
    source: normed,
    inputs,
    numbers: [x.offset, width],
    length,
  });
  const gradient = contentOf(dy);
  const sums = device.submit({ ...row, source: mean, inputs: [gradient] });
  const dots = device.submit({ ...row, source: dot, inputs: [y, gradient] });
  return device.submit({
    operation,
    source: slope,
    inputs: [y, gradient, rstds, sums, dots],
    numbers: [dy.offset, width],
    length,
  });
}
