import { everywhere } from '@unroll/gpu/testing/everywhere';
import { expect } from 'vitest';
import type { LifeFindings } from './life-page.ts';

everywhere<LifeFindings>(
  'a training outlives its device to the bit, beside others, in a page and in a worker',
  new URL('./life-page.ts', import.meta.url),
  (found, name) => {
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
    expect(found.lostUnread).toEqual(undisturbed);
    expect(found.wreck.words).toMatch(
      /^Trainer\.fit: the loss is NaN at step 7: .* The weights are those of step 6\.$/,
    );
    expect(found.wreck.values).toEqual(found.afterSix);
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
  },
);
