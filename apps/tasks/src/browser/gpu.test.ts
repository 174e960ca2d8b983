import { fileURLToPath } from 'node:url';
import { environments } from '@unroll/gpu/testing';
import { describe, expect, test } from 'vitest';
import type { Curves } from './gpu-page.ts';

const page = fileURLToPath(new URL('./gpu-page.ts', import.meta.url));

for (const { name, obstacle, run } of environments) {
  describe.skipIf(obstacle !== undefined)(`${name} (${obstacle ?? 'software'})`, () => {
    test('50 steps of training have the loss curve of the CPU within 1e-3', async (context) => {
      const found = (await run(page)) as Curves & { readonly error?: string };
      if (found.error?.includes('no GPU can be used here')) context.skip(found.error);
      expect(found.error).toBeUndefined();
      const { cpu, gpu, adapter, dispatches } = found;
      const apart = Math.max(...cpu.map((loss, i) => Math.abs(loss - gpu[i])));
      console.log(
        `gpu-training ${name} adapter="${adapter}" steps=${gpu.length} apart=${apart.toExponential(1)} dispatchesPerStep=${dispatches}`,
      );
      expect(gpu.length).toBe(50);
      expect(cpu[49]).toBeLessThan(cpu[0] / 2);
      expect(apart).toBeLessThanOrEqual(1e-3);
    }, 180_000);
  });
}
