import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { browser, visit } from '@unroll/backend/testing/browser';
import { build } from 'esbuild';

/** A place with a GPU in software, and a way to it. */
export interface Environment {
  readonly name: 'chromium-webgpu' | 'chromium-webgl2' | 'node-webgpu';
  /** Why it is not there, and what would bring it. */
  readonly obstacle: string | undefined;
  /** Runs a script that reports (see {@link report}) there: minified in a page, as it is in Node. */
  run(script: string): Promise<unknown>;
}

/** What the package asks of a page; `wasm-unsafe-eval` is for the backend that it is compared with. */
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const seconds = 170;

async function inPage(script: string, mode: string): Promise<unknown> {
  const { outputFiles } = await build({
    entryPoints: [script],
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
  return visit(browser as string, site, seconds);
}

/** Vulkan in software, as Chromium brings it, for machines without a GPU. */
export const driver =
  process.env.VK_DRIVER_FILES ??
  ['/usr/lib/chromium', '/opt/google/chrome', dirname(browser ?? '')]
    .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
    .find((file) => existsSync(file));

async function inNode(script: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@unroll/source', script, 'webgpu'],
    {
      env: { ...process.env, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver },
      timeout: 1000 * seconds,
    },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

const noBrowser = browser ? undefined : 'install Chromium, or say in CHROME_PATH where a Chrome is';
const noDriver = driver
  ? undefined
  : 'no software Vulkan was found; install Chromium, or set VK_DRIVER_FILES';

export const environments: readonly Environment[] = [
  {
    name: 'chromium-webgpu',
    obstacle: noBrowser,
    run: (script) => inPage(script, 'webgpu'),
  },
  {
    name: 'chromium-webgl2',
    obstacle: noBrowser,
    run: (script) => inPage(script, 'webgl2'),
  },
  { name: 'node-webgpu', obstacle: noDriver, run: inNode },
];
