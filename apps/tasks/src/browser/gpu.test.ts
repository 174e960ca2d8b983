import { everywhere } from '@unroll/gpu/testing/everywhere';
import { expect } from 'vitest';
import type { Curves } from './gpu-page.ts';

everywhere<Curves>(
  '50 steps of training have the loss curve of the CPU within 1e-3',
  new URL('./gpu-page.ts', import.meta.url),
  ({ cpu, gpu, adapter, dispatches }, name) => {
    const apart = Math.max(...cpu.map((loss, i) => Math.abs(loss - gpu[i])));
    console.log(
      `gpu-training ${name} adapter="${adapter}" steps=${gpu.length} apart=${apart.toExponential(1)} dispatchesPerStep=${dispatches}`,
    );
    expect(gpu.length).toBe(50);
    expect(cpu[49]).toBeLessThan(cpu[0] / 2);
    expect(apart).toBeLessThanOrEqual(1e-3);
  },
);
