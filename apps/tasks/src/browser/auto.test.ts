import { everywhere } from '@unroll/gpu/testing/everywhere';
import { expect } from 'vitest';
import type { AutoFindings } from './auto-page.ts';

everywhere<AutoFindings>(
  'auto times a run on both devices and is to the bit a run on the one it takes',
  new URL('./auto-page.ts', import.meta.url),
  ({ choice, adapter, equal }, name) => {
    console.log(`gpu-auto ${name} adapter="${adapter}" chosen=${choice.backend}: ${choice.why}`);
    expect(choice.run).toBe('fit');
    expect(choice.cpu).toBeGreaterThan(0);
    expect(equal).toBe(true);
  },
);
