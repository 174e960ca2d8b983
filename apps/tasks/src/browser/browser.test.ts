import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browser, noBrowser, visit } from '@unroll/backend/testing/browser';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Findings } from './page.ts';
import { train } from './training.ts';

const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** The page, its worker, and the worker of @unroll/wasm where it looks for it: beside the file that has its code. */
async function bundle(): Promise<Map<string, string>> {
  const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const out = path('./out');
  const { outputFiles } = await build({
    entryPoints: {
      page: path('./page.ts'),
      'training-worker': path('./training-worker.ts'),
      'threads/worker': fileURLToPath(import.meta.resolve('@unroll/wasm/worker')),
    },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    conditions: ['@unroll/source'],
    external: ['node:*'],
    outdir: out,
  });
  return new Map(
    outputFiles.map((file) => [`/${relative(out, file.path).split(sep).join('/')}`, file.text]),
  );
}

test('a browser that ends before its page has reported is named', async () => {
  const visiting = visit(process.execPath, { scripts: new Map(), headers: {} });
  await expect(visiting).rejects.toThrow(`${process.execPath} ended before the page has reported`);
});

describe.skipIf(browser === undefined)(`in a browser (${noBrowser ?? browser})`, () => {
  let scripts: Map<string, string>;
  beforeAll(async () => {
    scripts = await bundle();
  });

  async function open(headers: Record<string, string>): Promise<Findings> {
    const site = { scripts, headers: { 'content-security-policy': policy, ...headers } };
    const found = (await visit(browser as string, site)) as Findings & { error?: string };
    expect(found.error).toBeUndefined();
    return found;
  }

  test('an isolated page trains on one thread, its worker on all, with the bits of Node', async () => {
    const { isolated, evalRefused, main, worker, strayed } = await open(isolation);
    expect([isolated, evalRefused]).toEqual([true, true]);
    const node = await train({ simd: main.simd as 'plain' | 'relaxed', threads: 1 });
    expect(node.words.length).toBe(8);
    expect(main).toEqual({ ...node, shared: false });
    expect(worker).toEqual({ ...node, shared: true });
    expect(strayed).toMatchObject({ shared: false, words: node.words });
    expect(strayed.warnings).toEqual([expect.stringContaining('/missing.js')]);
  }, 60_000);

  test('a page that is not isolated trains on one thread everywhere, with the bits of Node', async () => {
    const { isolated, main, worker, strayed } = await open({});
    expect(isolated).toBe(false);
    const node = await train({ simd: main.simd as 'plain' | 'relaxed', threads: 1 });
    for (const outcome of [main, worker, strayed]) expect(outcome).toEqual(node);
  }, 60_000);

  test('a page that hangs fails the visit with a sentence that names browser and seconds', async () => {
    const hanging = new Map([['/page.js', 'for (;;);']]);
    const visiting = visit(browser as string, { scripts: hanging, headers: {} }, 2);
    await expect(visiting).rejects.toThrow(`the page has not reported after 2 s in ${browser}`);
  }, 30_000);
});
