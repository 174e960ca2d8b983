import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { folders } from '../site/paths.ts';

/**
 * Puts the worker of `@unroll/wasm` where it looks for it, beside the file with its code, so that live parts use all cores where the
 * page is cross-origin isolated.
 */
export async function writeThreads(): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(import.meta.resolve('@unroll/wasm/worker'))],
    outfile: join(folders.out, 'assets', 'threads', 'worker.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['@unroll/source'],
    external: ['node:*'],
    logLevel: 'error',
  });
}
