import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  broughtBrowser,
  broughtVulkan,
  browser,
  noBrowser,
  noVulkan,
  softwareVulkan,
  visit,
} from '@unroll/backend/testing/browser';
import { bundled } from './bundle.ts';

/** A place with a GPU in software, and a way to it. */
export interface Environment {
  readonly name: 'chromium-webgpu' | 'chromium-webgl2' | 'node-webgpu';
  /** Why it is not there, and what would bring it. */
  readonly obstacle: string | undefined;
  /** Whether there must be a GPU, because one in software comes with the tests. */
  readonly certain: boolean;
  /** Runs a script that reports (see {@link report}) there: minified in a page, as it is in Node. */
  run(script: string): Promise<unknown>;
}

/** What the pages of the tests may do; `wasm-unsafe-eval` is for the backend that the GPU is compared with. */
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const seconds = 170;

/**
 * Opens a page that loads `/page.js`, with a GPU in software; resolves to what the script reports.
 *
 * @param scripts - by path
 * @param contentSecurityPolicy - sent with everything
 */
export function open(
  scripts: ReadonlyMap<string, string>,
  mode: 'webgpu' | 'webgl2',
  contentSecurityPolicy: string,
): Promise<unknown> {
  const headers = { 'content-security-policy': contentSecurityPolicy };
  const site = { scripts, headers, gpu: 'software', query: `?${mode}` } as const;
  return visit(browser as string, site, seconds);
}

async function inPage(script: string, mode: 'webgpu' | 'webgl2'): Promise<unknown> {
  return open(new Map([['/page.js', await bundled(script)]]), mode, policy);
}

async function inNode(script: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@unroll/source', script, 'webgpu'],
    { env: { ...process.env, ...(await softwareVulkan()) }, timeout: 1000 * seconds },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

export const environments: readonly Environment[] = [
  {
    name: 'chromium-webgpu',
    obstacle: noBrowser,
    certain: broughtBrowser,
    run: (script) => inPage(script, 'webgpu'),
  },
  {
    name: 'chromium-webgl2',
    obstacle: noBrowser,
    certain: broughtBrowser,
    run: (script) => inPage(script, 'webgl2'),
  },
  { name: 'node-webgpu', obstacle: noVulkan, certain: broughtVulkan, run: inNode },
];
