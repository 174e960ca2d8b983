import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('./memory-loop.ts', import.meta.url));

async function measure(flags: string[]): Promise<{ resident: number; alive: number }[]> {
  const words = ['--conditions=@unroll/source', ...flags, program, '1000', '10000'];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a naive loop of 10,000 training steps, in which nothing is disposed of', () => {
  // How large V8's nursery is, and when it is doubled, up to 16 MB per half, is V8's choice, and so is when its threads
  // sweep. With these two pinned, the nursery small, what grows is what the loop holds on to, or makes so that young
  // collections do not free it.
  test('has at most 1.05 times the resident memory of its 1,000th step', async () => {
    const [early, late] = await measure([
      '--single-threaded-gc',
      '--min-semi-space-size=2',
      '--max-semi-space-size=2',
    ]);
    expect(late.resident / early.resident).toBeLessThanOrEqual(1.05);
  });

  test('keeps no more alive than at its 1,000th step', async () => {
    const [early, late] = await measure(['--expose-gc']);
    expect(late.alive / early.alive).toBeLessThanOrEqual(1.05);
  });
});
