import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browser, prepare } from '@unroll/backend/testing/browser';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Where fonts are: the browser of the tests looks for its own in a folder of the cloud that it was packed for, and ends when it finds
 * none for a form.
 */
function fontsFile(folder: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'unroll-fonts-')), 'fonts.conf');
  const folders = [join(folder, 'fonts'), '/usr/share/fonts'].map((path) => `<dir>${path}</dir>`);
  const cache = `<cachedir>${join(tmpdir(), 'unroll-fonts-cache')}</cachedir>`;
  writeFileSync(file, `<?xml version="1.0"?><fontconfig>${folders.join('')}${cache}</fontconfig>`);
  return file;
}

/** The browser of the tests, driven. */
export async function startBrowser(): Promise<Browser> {
  // Its flags are for a page that nobody drives.
  const { variables } = await prepare(browser as string);
  const { FONTCONFIG_PATH: folder } = variables;
  const fonts = folder ? { FONTCONFIG_FILE: fontsFile(folder) } : {};
  return chromium.launch({
    executablePath: browser as string,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    env: { ...process.env, ...variables, ...fonts } as Record<string, string>,
  });
}

/** What a visit found that should not be. */
export interface Complaints {
  /** Errors of the console and of scripts, requests that failed or went elsewhere. */
  readonly errors: string[];
}

/** Collects what goes wrong on a page from now on. */
export function listen(page: Page, home: string): Complaints {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => errors.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => {
    errors.push(`request: ${request.url()} ${request.failure()?.errorText}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    const own = url.startsWith(home) || /^(data|blob):/.test(url);
    if (!own) errors.push(`request to elsewhere: ${url}`);
  });
  return { errors };
}

/** What axe-core has against a page: a sentence for each finding. */
export async function accessibilityOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 160))
        .join(' | ')}`,
  );
}

/** Has a page note how long tasks block its own thread, from its beginning. */
export async function watchLongTasks(page: Page): Promise<void> {
  await page.addInitScript(`
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration, startTime } of list.getEntries()) longTasks.push({ duration, startTime });
    }).observe({ type: 'longtask', buffered: true });`);
}

/** Durations in milliseconds of tasks over 50 ms since a time of the page. */
export function longTasksOf(page: Page, since: number): Promise<number[]> {
  return page.evaluate(
    (from) =>
      (globalThis as unknown as { longTasks: { duration: number; startTime: number }[] }).longTasks
        .filter(({ startTime }) => startTime >= from)
        .map(({ duration }) => duration),
    since,
  );
}
