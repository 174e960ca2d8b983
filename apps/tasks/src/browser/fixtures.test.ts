import { everywhere } from '@unroll/gpu/testing/everywhere';
import { beforeAll, expect } from 'vitest';
import { fixtures } from './fixtures.ts';
import type { Findings } from './fixtures-page.ts';

let there = 0;
beforeAll(async () => {
  there = (await fixtures()).length;
});

everywhere<Findings>(
  'PyTorch’s layers and steps and the equations of every cell hold within 1e-4',
  new URL('./fixtures-page.ts', import.meta.url),
  ({ adapter, ran, failed, holes }, name) => {
    console.log(
      `gpu-fixtures ${name} adapter="${adapter}" ran=${ran} failed=${failed.length} holes=${holes}`,
    );
    expect(failed).toEqual([]);
    expect(ran).toBe(there);
    expect(ran).toBeGreaterThan(200);
  },
);
