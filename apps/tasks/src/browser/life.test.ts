import { fileURLToPath } from 'node:url';
import { environments } from '@unroll/gpu/testing';
import { describe, expect, test } from 'vitest';
import type { LifeFindings } from './life-page.ts';

const page = fileURLToPath(new URL('./life-page.ts', import.meta.url));

for (const { name, obstacle, run } of environments) {
  describe.skipIf(obstacle !== undefined)(`${name} (${obstacle ?? 'software'})`, () => {
    test('a training outlives its device to the bit, beside others, in a page and in a worker', async (context) => {
      const found = (await run(page)) as LifeFindings & { readonly error?: string };
      if (found.error?.includes('no GPU can be used here')) context.skip(found.error);
      expect(found.error).toBeUndefined();
      const { undisturbed, lost, toCpu, endedOn, sentence, other, sideBySide, worker } = found;
      expect(found.refusals).toEqual([
        'dataSync: gpu reads asynchronously; await data() instead',
        expect.stringContaining(
          'a tensor lies on gpu, the others on another gpu. Read it with data()',
        ),
      ]);
      expect(undisturbed).toHaveLength(8);
      expect(undisturbed[7]).toBeLessThan(undisturbed[0]);
      expect(lost).toEqual(undisturbed);
      expect(endedOn).toEqual(['gpu', 'wasm']);
      toCpu.forEach((loss, i) => {
        expect(Math.abs(loss - undisturbed[i])).toBeLessThan(1e-4);
      });
      expect(sentence).toMatch(
        /^Trainer\.fit: step 6: .*the GPU was lost.* The checkpoint of step 4 is in memory\./,
      );
      expect(other).not.toEqual(undisturbed);
      expect(sideBySide).toEqual([undisturbed, other]);
      expect(worker).toEqual(name === 'node-webgpu' ? undefined : undisturbed);
    }, 180_000);
  });
}
