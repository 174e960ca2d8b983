import { expect, test } from 'vitest';
import type { Kernels } from '../contract/backend.ts';
import { memoryOf } from '../reference/memory.ts';
import { reference } from '../reference/reference.ts';
import { runConformance } from './run.ts';

test('the suite counts what it ran, what failed and which holes are true', async () => {
  const backend = reference();
  const cumsum: Kernels['cumsum'] = () => memoryOf(new Float32Array(1));
  const tally = await runConformance(
    () => ({ ...backend, dtypes: ['float32'], kernels: { ...backend.kernels, cumsum } }),
    {
      'cumsum: an axis of 0': 'it gives one element on purpose',
      'reduce sum: long lines': 'said to be a hole, and is none',
    },
  );
  expect(tally.ran).toBeGreaterThan(500);
  expect(tally.holes).toBe(1);
  expect(tally.failed).toEqual([
    ['reduce sum: long lines', 'is no hole: it passes (said to be a hole, and is none)'],
    ['cumsum: any shape, axis, dtype and direction', expect.stringContaining('Property failed')],
  ]);
}, 60_000);
