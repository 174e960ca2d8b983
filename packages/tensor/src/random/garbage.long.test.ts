import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { randomStream } from './random.ts';

const n = 3200;
const stream = randomStream('garbage');

test.each([
  ['normal', () => stream.normal([n])],
  ['normal in float64', () => stream.normal([n], { dtype: 'float64' })],
  ['uniform', () => stream.uniform([n])],
  ['bernoulli', () => stream.bernoulli([n], 0.3)],
])('a draw of %s leaves less than three bytes of the heap for each element', (_name, draw) => {
  for (let i = 0; i < 3000; i++) draw();
  // A collection in between makes a trial too small, an engine still at work makes one too large.
  const trials = Array.from({ length: 20 }, () => heapFor(draw));
  const median = trials.toSorted((a, b) => a - b)[10];
  expect(median).toBeLessThan(3 * n);
});

/** Bytes of the heap that ten draws take, for each of them. */
function heapFor(draw: () => unknown): number {
  const before = getHeapStatistics().used_heap_size;
  for (let i = 0; i < 10; i++) draw();
  return (getHeapStatistics().used_heap_size - before) / 10;
}
