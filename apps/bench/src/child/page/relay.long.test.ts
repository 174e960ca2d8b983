import { broughtBrowser, broughtVulkan } from '@unroll/backend/testing/browser';
import { skipWithoutGpu } from '@unroll/gpu/testing/everywhere';
import { expect, test } from 'vitest';
import { parametersOf, trainingAt } from '../../configurations.ts';
import { Child } from '../../measure/child.ts';
import { gpuPeers } from '../../peers/gpu.ts';

const spec = {
  ...trainingAt('lstm', 'char-small'),
  ...{ batch: 3, time: 4, inputSize: 5, hiddenSize: 6, classes: 7 },
};

for (const { who, find } of gpuPeers) {
  const found = find({});
  const certain = who.endsWith('-node') ? broughtVulkan : broughtBrowser;
  test.skipIf('missing' in found && !certain)(
    `${who} trains on a GPU in software, and says which adapter that is`,
    async (context) => {
      if ('missing' in found) throw new Error(found.missing);
      const child = await Child.start(who, found).catch((error: Error) => {
        skipWithoutGpu(error.message, { name: who, certain }, context);
        throw error;
      });
      try {
        expect(child.ready.facts.adapter).toMatch(/swiftshader/i);
        const { parameters } = await child.prepare('training', spec);
        expect(parameters).toBe(parametersOf(spec));
        const first = await child.run('training', 1);
        const last = await child.run('training', 10);
        expect(Math.abs((first.loss as number) - Math.log(7))).toBeLessThan(0.3);
        expect(last.loss).toBeLessThan(first.loss as number);
        await child.prepare('product', { kind: 'product', m: 20, k: 30, n: 40, repeat: 2 });
        expect((await child.run('product', 2)).seconds.length).toBe(2);
        const wrong = child.prepare('stream', {
          kind: 'stream',
          inputSize: 1,
          hiddenSize: 1,
          repeat: 1,
        });
        await expect(wrong).rejects.toThrow('is not measured at stream on the GPU');
      } finally {
        await child.stop();
      }
    },
    300_000,
  );
}
