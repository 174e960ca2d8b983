import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { folders } from '../site/paths.ts';

test('templates and scripts of all components have sound types', async () => {
  const script = fileURLToPath(import.meta.resolve('vue-tsc/bin/vue-tsc.js'));
  const project = join(folders.app, 'tsconfig.json');
  const found = await promisify(execFile)(process.execPath, [
    script,
    '--noEmit',
    '-p',
    project,
  ]).catch((error) => error);
  expect(found.stdout).toBe('');
}, 120_000);
