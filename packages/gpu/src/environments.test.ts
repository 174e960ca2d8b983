import { expect } from 'vitest';
import type { Findings } from './testing/conformance-page.ts';
import { everywhere } from './testing/everywhere.ts';

everywhere<Findings>(
  'the minified backend passes the suite, under a policy without eval in a page',
  new URL('./testing/conformance-page.ts', import.meta.url),
  ({ adapter, ran, failed, holes }, name) => {
    console.log(
      `gpu-conformance ${name} adapter="${adapter}" ran=${ran} failed=${failed.length} holes=${holes}`,
    );
    expect(failed).toEqual([]);
    expect(ran).toBeGreaterThan(500);
    expect(holes).toBeGreaterThan(0);
  },
);
