import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { folders } from '../site/paths.ts';

test('the site builds for a path of its own, and none of its links, anchors and pictures is dead', async () => {
  const script = fileURLToPath(new URL('./build.ts', import.meta.url));
  const env = { ...process.env, DOCS_BASE: '/unroll/' };
  await promisify(execFile)(process.execPath, ['--conditions=@unroll/source', script], { env });
  for (const file of [
    'index.html',
    'learn/05-lstm.html',
    'reference/tensor.html',
    'assets/threads/worker.js',
  ]) {
    expect(existsSync(join(folders.out, file)), file).toBe(true);
  }
}, 300_000);
