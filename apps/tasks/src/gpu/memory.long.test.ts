import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { softwareVulkan } from '@unroll/backend/testing/browser';
import { environments } from '@unroll/gpu/testing';
import { describe, expect, test } from 'vitest';
import type { Sample } from './memory-loop.ts';

const program = fileURLToPath(new URL('./memory-loop.ts', import.meta.url));
const node = environments.find(({ name }) => name === 'node-webgpu');

/** What the loop has in use at each of these steps, on WebGPU in Node, in software. */
async function run(loop: string, ...stops: number[]): Promise<Sample[]> {
  const words = ['--conditions=@unroll/source', '--expose-gc', program, loop, ...stops.map(String)];
  const env = { ...process.env, ...(await softwareVulkan()) };
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line));
}

describe.skipIf(node?.obstacle !== undefined)(`memory (${node?.obstacle ?? 'software'})`, () => {
  // Small values are left to the collector, which comes when it likes: they may come and go, up to a bound.
  test.each([
    ['fit', 2000],
    ['naive', 2000],
    ['predict', 2000],
  ])('the loop %s has after %d steps what it had after a tenth of them', async (loop, steps) => {
    const samples = await run(loop, steps / 10, steps / 2, steps);
    const [early, middle, late] = samples;
    for (const { step, buffers, bytes, alive, resident } of samples) {
      const [heap, rss] = [alive, resident].map((n) => (n / 1e6).toFixed(1));
      console.log(
        `gpu-memory ${loop} step=${step} buffers=${buffers} bytes=${bytes} heap=${heap}MB resident=${rss}MB`,
      );
    }
    for (const { buffers, bytes } of [early, middle, late]) {
      expect(buffers).toBeLessThan(1000);
      expect(bytes).toBeLessThan(2_000_000);
    }
    // fit remembers the loss of each step: from 200 to 2,000 that is seen beside a heap of 20 MB.
    const before = loop === 'fit' ? middle : early;
    expect(late.alive / before.alive).toBeLessThanOrEqual(1.05);
    expect(late.resident / early.resident).toBeLessThanOrEqual(1.2);
  });

  test('three trainings side by side have the losses that each has alone', async () => {
    expect(await run('together', 20)).toHaveLength(1);
  });
});
