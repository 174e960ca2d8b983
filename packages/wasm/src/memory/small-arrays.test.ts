import { expect, test } from 'vitest';
import { SmallArrays } from './small-arrays.ts';

const source = Float32Array.from({ length: 5000 }, (_, i) => i);

test('results have the values they were made of, whatever is made after them', () => {
  const arrays = new SmallArrays();
  const made = Array.from({ length: 60 }, (_, i) => arrays.copy(source, 7 * i, 300 + i));
  for (const [i, values] of made.entries()) {
    expect([...values]).toEqual([...source.slice(7 * i, 7 * i + 300 + i)]);
    values.fill(-1);
  }
});

test('a large result has an array of its own, and a small one holds no more than a few others alive', () => {
  const arrays = new SmallArrays();
  expect(arrays.copy(source, 0, 2000).buffer.byteLength).toBe(8000);
  const small = arrays.copy(source, 0, 10);
  expect(small.buffer.byteLength).toBeLessThanOrEqual(16_384);
  expect(arrays.copy(source, 0, 10).buffer).toBe(small.buffer);
});

test("what is taken is zeros and nobody else's", () => {
  const arrays = new SmallArrays();
  for (const length of [3, 1000, 1024, 2000]) {
    const taken = arrays.take(length);
    expect(taken).toEqual(new Float32Array(length));
    taken.fill(1);
  }
});
