import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { browser, visit } from '@unroll/backend/testing/browser';
import { build } from 'esbuild';
import { describe, expect, type TestContext, test } from 'vitest';
import type { Findings } from './testing/conformance-page.ts';

const page = fileURLToPath(new URL('./testing/conformance-page.ts', import.meta.url));
const advice = 'Install Chromium, or say in CHROME_PATH where a Chrome is.';
const minutes = 60_000;

/** What the package asks of a page: not even code out of text. */
const policy = "default-src 'self'; script-src 'self'";

type Reported = Findings | { readonly error: string };

/** The line that tells what the suite came to, and the proof that it came to nothing bad. */
function judge(environment: string, found: Reported, { skip }: TestContext): void {
  if ('error' in found && found.error.includes('no GPU can be used here')) {
    skip(`${environment}: ${found.error.split('\n')[0]}`);
  }
  if ('error' in found) throw new Error(found.error);
  const { adapter, ran, failed, holes } = found;
  console.log(
    `gpu-conformance ${environment} adapter="${adapter}" ran=${ran} failed=${failed.length} holes=${holes}`,
  );
  expect(failed).toEqual([]);
  expect(ran).toBeGreaterThan(500);
}

describe.skipIf(browser === undefined)(`in a browser (${browser ?? advice})`, () => {
  async function open(mode: string): Promise<Reported> {
    const { outputFiles } = await build({
      entryPoints: [page],
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      target: 'es2023',
      conditions: ['@unroll/source'],
      external: ['node:*'],
    });
    const scripts = new Map([['/page.js', outputFiles[0].text]]);
    const headers = { 'content-security-policy': policy };
    const site = { scripts, headers, gpu: 'software', query: `?${mode}` } as const;
    return (await visit(browser as string, site, 170)) as Reported;
  }

  for (const mode of ['webgpu', 'webgl2'] as const) {
    test(
      `the minified backend passes the suite on ${mode} in Chromium, under a policy without eval`,
      async (context) => judge(`chromium-${mode}`, await open(mode), context),
      3 * minutes,
    );
  }
});

/** Vulkan in software, as Chromium brings it, for machines without a GPU. */
const driver = ['/usr/lib/chromium', '/opt/google/chrome', dirname(browser ?? '')]
  .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
  .find((file) => existsSync(file));

test(
  'the backend passes the suite on WebGPU in Node',
  async (context) => {
    const vulkan = process.env.VK_DRIVER_FILES ?? driver;
    if (vulkan === undefined) {
      context.skip(
        'node-webgpu: no software Vulkan found; install Chromium, or set VK_DRIVER_FILES',
      );
    }
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@unroll/source', page, 'webgpu'],
      { env: { ...process.env, VK_DRIVER_FILES: vulkan, VK_ICD_FILENAMES: vulkan } },
    );
    judge('node-webgpu', JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), context);
  },
  3 * minutes,
);
