import { fileURLToPath } from 'node:url';
import { environments } from '@unroll/gpu/testing';
import { describe, expect, test } from 'vitest';
import type { AutoFindings } from './auto-page.ts';

const page = fileURLToPath(new URL('./auto-page.ts', import.meta.url));

for (const { name, obstacle, run } of environments) {
  describe.skipIf(obstacle !== undefined)(`${name} (${obstacle ?? 'software'})`, () => {
    test('auto times a run on both devices and is to the bit a run on the one it takes', async (context) => {
      const found = (await run(page)) as AutoFindings & { readonly error?: string };
      if (found.error?.includes('no GPU can be used here')) context.skip(found.error);
      expect(found.error).toBeUndefined();
      const { choice, adapter, equal } = found;
      console.log(`gpu-auto ${name} adapter="${adapter}" chosen=${choice.backend}: ${choice.why}`);
      expect(choice.run).toBe('fit');
      expect(choice.cpu).toBeGreaterThan(0);
      expect(equal).toBe(true);
    }, 180_000);
  });
}
