import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Environment, environments } from '@unroll/gpu/testing';
import { skipWithoutGpu } from '@unroll/gpu/testing/everywhere';
import { describe, expect, test } from 'vitest';
import type { TaskOnGpu } from './gpu-tasks.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const node = environments.find(({ name }) => name === 'node-webgpu') as Environment;

describe.skipIf(node.obstacle !== undefined)(`--device gpu (${node.obstacle ?? 'Node'})`, () => {
  test('is where tasks train, judge and write, and their results say so', async (context) => {
    const found = (await node.run(path('./gpu-tasks.ts'))) as Record<string, TaskOnGpu>;
    const { schedule, charlm } = found;
    skipWithoutGpu(schedule?.lines, node, context);
    expect(schedule).toMatchObject({ code: 0, backend: 'gpu' });
    expect(charlm).toMatchObject({ code: 0, backend: 'gpu' });
    expect(charlm.lines).toContain('nats per character, validation');
  }, 120_000);
});

// Elsewhere than on Linux the system itself has drivers, which no variable takes away.
describe.skipIf(process.platform !== 'linux')('--device gpu where there is no GPU', () => {
  test('ends with exit code 1 and the reason, whatever the run, that of npm start too', async () => {
    const run = promisify(execFile)(
      process.execPath,
      ['--conditions=@unroll/source', path('../main.ts'), 'charlm', '--start', '--device', 'gpu'],
      {
        env: {
          ...process.env,
          VK_DRIVER_FILES: '/nowhere.json',
          VK_ICD_FILENAMES: '/nowhere.json',
        },
      },
    );
    const failure = await run.catch((error: { code: number; stderr: string }) => error);
    expect(failure).toMatchObject({ code: 1 });
    expect(failure.stderr).toMatch(/^gpu: no GPU can be used here: .*WebGL2 is not there/m);
  }, 60_000);
});
