import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { browser, noBrowser } from '@unroll/backend/testing/browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { places } from '../site/navigation.ts';
import { folders } from '../site/paths.ts';
import { type StaticServer, serve } from './serve.ts';
import { accessibilityOf, listen, longTasksOf, startBrowser, watchLongTasks } from './visit.ts';

const base = '/some/where/';

/** Where pictures of all pages are put for somebody to look at. */
const album = process.env.DOCS_ALBUM;

const phone = { name: 'phone', width: 390, height: 844 } as const;
const desk = { name: 'desk', width: 1280, height: 900 } as const;
const looks = [
  { ...phone, colorScheme: 'light', inspected: true },
  { ...phone, colorScheme: 'dark', inspected: false },
  { ...desk, colorScheme: 'light', inspected: false },
  { ...desk, colorScheme: 'dark', inspected: true },
] as const;

describe.skipIf(browser === undefined)(
  `the built site in a browser (${noBrowser ?? browser})`,
  () => {
    let server: StaticServer;
    let chromium: Browser;

    beforeAll(async () => {
      const env = { ...process.env, DOCS_BASE: base };
      const script = join(folders.app, 'src', 'build', 'build.ts');
      await promisify(execFile)(process.execPath, ['--conditions=@unroll/source', script], { env });
      server = await serve(folders.out, base);
      chromium = await startBrowser();
    }, 600_000);

    afterAll(async () => {
      await chromium?.close();
      server?.close();
    });

    async function open(
      path: string,
      options: Parameters<Browser['newPage']>[0] = {},
    ): Promise<[Page, string[]]> {
      const page = await chromium.newPage(options);
      const { errors } = listen(page, server.url);
      await watchLongTasks(page);
      await page.goto(server.url + path, { waitUntil: 'networkidle' });
      return [page, errors];
    }

    /** Looks at a page in every width and colour; axe-core does so twice, since it takes seconds where a page is long. */
    async function complaintsOf(path: string): Promise<string[]> {
      const [page, errors] = await open(path);
      const complaints: string[] = [];
      for (const { name, width, height, colorScheme, inspected } of looks) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const found = [...errors.splice(0), ...(inspected ? await accessibilityOf(page) : [])];
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > width) found.push(`is ${wide} pixels wide`);
        complaints.push(...found.map((one) => `${name}, ${colorScheme}: ${one}`));
        if (album)
          await photograph(page, `${path.replaceAll('/', '_')}.${name}.${colorScheme}.png`);
      }
      await page.close();
      return complaints;
    }

    const written = [...places.values()].map((place) => place.replace(/md$/, 'html'));
    test.each(['index.html', ...written])(
      '%s is sound, accessible and no wider than a screen',
      async (path) => {
        expect(await complaintsOf(path)).toEqual([]);
      },
      120_000,
    );

    const named = ['nn/', 'nn/namespaces/init', 'backend/', 'cells', 'tensor', 'models'];
    test.each(named)(
      'reference/%s is sound, accessible and no wider than a screen',
      async (path) => {
        expect(await complaintsOf(`reference/${path}`)).toEqual([]);
      },
      300_000,
    );

    async function photograph(page: Page, name: string): Promise<void> {
      mkdirSync(album as string, { recursive: true });
      await page.screenshot({ path: join(album as string, name), fullPage: true });
    }

    /** Where one trains, and what is there when it is done. */
    const trainings = [
      { lesson: '02-the-recurrent-cell', done: 'text=New patients' },
      { lesson: '05-lstm', done: 'text=It reads' },
      { lesson: '06-gru', done: '.live-note >> text=nats per character' },
      { lesson: '07-embeddings', done: '.live-picture >> nth=1' },
      { lesson: '08-attention', done: 'text=It writes' },
    ];

    test.each(trainings)(
      '$lesson trains within 30 s, its loss falls and its page is never blocked for 50 ms',
      async ({ lesson, done }) => {
        const [page, errors] = await open(`learn/${lesson}`);
        const start = await page.evaluate(() => performance.now());
        await page.getByRole('button', { name: /^Train/ }).click();
        const loss = page.locator('.live-loss');
        await loss.waitFor();
        await page
          .getByRole('button', { name: 'Stop' })
          .waitFor({ state: 'detached', timeout: 30_000 });
        await page.locator(done).first().waitFor({ timeout: 5_000 });
        const [first, last] = [
          Number(await loss.getAttribute('data-first')),
          Number(await loss.getAttribute('data-loss')),
        ];
        expect(last).toBeLessThan(0.8 * first);
        expect(await longTasksOf(page, start)).toEqual([]);
        expect(errors).toEqual([]);
        expect(await accessibilityOf(page)).toEqual([]);
        if (album) await photograph(page, `live-${lesson}.png`);
        await page.close();
      },
      120_000,
    );

    test('the four shapes follow the choice of the reader', async () => {
      const [page, errors] = await open('learn/01-sequences');
      await page.getByText('Input [6, 4], output [1, 2].').waitFor();
      await page.getByRole('combobox').selectOption('delayed many to many');
      await page.getByText('Input [9, 4], output [3, 2].').waitFor();
      expect(errors).toEqual([]);
      await page.close();
    }, 60_000);

    test('the numbers of back-propagation are those of the page, and follow the reader', async () => {
      const [page, errors] = await open('learn/03-back-through-time');
      await page.getByText('∂C/∂W = 0.5544').waitFor();
      await page.getByLabel('x1').fill('0');
      await page.getByText('∂C/∂W = 0.5544').waitFor({ state: 'detached' });
      expect(errors).toEqual([]);
      await page.close();
    }, 60_000);

    test('gradients vanish and explode with the weight', async () => {
      const [page, errors] = await open('learn/04-vanishing-gradients');
      const said = page.locator('.live-note');
      await said.waitFor();
      await page.getByLabel('Activation').selectOption('none');
      await page.locator('.live-note', { hasText: 'linear RNN, |w| = 0.9' }).waitFor();
      await page.getByLabel('|w|').fill('1.2');
      await page.getByText('|w| = 1.2: of a change of the first state 1.2e+3').waitFor();
      expect(errors).toEqual([]);
      await page.close();
    }, 60_000);

    test('exercises say what is right', async () => {
      const [page] = await open('learn/02-the-recurrent-cell');
      const form = page.locator('.exercise form').first();
      await form.getByLabel('Your answer').fill('600');
      await form.getByRole('button').click();
      await form.getByText('Not yet').waitFor();
      await form.getByLabel('Your answer').fill('620');
      await form.getByRole('button').click();
      await form.getByText('Right.').waitFor();
      await page.close();
    }, 60_000);

    test('the chooser writes the line for the shell', async () => {
      const [page] = await open('install');
      await page.getByLabel('look inside a net').check();
      await page
        .getByText(
          'npm install @unroll/cells @unroll/nn @unroll/optimizers @unroll/tensor @unroll/inspect',
        )
        .waitFor();
      await page.close();
    }, 60_000);

    test('on an isolated page live parts use threads without a warning', async () => {
      const isolated = await serve(folders.out, base, {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      });
      const page = await chromium.newPage();
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      await page.goto(`${isolated.url}learn/06-gru`, { waitUntil: 'networkidle' });
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await page.getByRole('button', { name: /^Train/ }).click();
      await page
        .locator('.live-note', { hasText: 'nats per character' })
        .waitFor({ timeout: 30_000 });
      expect(said).toEqual([]);
      await page.close();
      isolated.close();
    }, 60_000);
  },
);
