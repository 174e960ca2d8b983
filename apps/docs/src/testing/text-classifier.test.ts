import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { browser, noBrowser } from '@unroll/backend/testing/browser';
import { build as esbuild } from 'esbuild';
import type { Browser } from 'playwright-core';
import * as vite from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linkPackages } from '../../../../scripts/docs/programs.ts';
import { folders } from '../site/paths.ts';
import { serve } from './serve.ts';
import { accessibilityOf, listen, longTasksOf, startBrowser, watchLongTasks } from './visit.ts';

const guide = readFileSync(join(folders.repository, 'docs', 'text-classifier.md'), 'utf8');

/** The block of the guide that stands under the name of its file. */
function blockOf(name: string): string {
  const [, code] = guide.split(`\n\`${name}\`:\n`)[1].match(/```[^\n]*\n(.*?)\n```/s) ?? [];
  return code;
}

const [, training] = guide.match(/```ts\n(.*?)\n```/s) ?? [];
const files = ['index.html', 'page.js', 'worker.js'];

/** Each makes a folder of static files out of a project's, as the guide says. */
const ways: Readonly<Record<string, (project: string, out: string) => Promise<unknown>>> = {
  Vite: (project, out) =>
    vite.build({
      ...{ root: project, base: './', configFile: false, logLevel: 'error' },
      resolve: { conditions: ['@unroll/source', ...vite.defaultClientConditions] },
      build: { outDir: out },
    }),
  'static files': (project, out) => {
    cpSync(join(project, 'public'), out, { recursive: true });
    for (const name of ['index.html', 'page.js']) cpSync(join(project, name), join(out, name));
    return esbuild({
      entryPoints: [join(project, 'worker.js')],
      ...{ bundle: true, minify: true, format: 'esm', external: ['node:*'] },
      ...{ conditions: ['@unroll/source'], outfile: join(out, 'worker.js') },
    });
  },
};

describe.skipIf(browser === undefined)(
  `the page of the guide to a text classifier (${noBrowser ?? browser})`,
  () => {
    let project: string;
    let chromium: Browser;

    beforeAll(async () => {
      mkdirSync(join(folders.repository, '.cache'), { recursive: true });
      project = mkdtempSync(join(folders.repository, '.cache', 'guide-'));
      linkPackages(project);
      for (const name of files) writeFileSync(join(project, name), blockOf(name));
      writeFileSync(join(project, 'train.ts'), training);
      const command = ['--conditions=@unroll/source', 'train.ts'];
      await promisify(execFile)(process.execPath, command, { cwd: project });
      cpSync(join(project, 'model'), join(project, 'public', 'model'), { recursive: true });
      chromium = await startBrowser();
    }, 120_000);

    afterAll(async () => {
      await chromium?.close();
      rmSync(project, { recursive: true });
    });

    test.each(Object.entries(ways))(
      'answers out of %s under a path, and never waits',
      async (name, make) => {
        const out = join(project, `site of ${name}`);
        await make(project, out);
        const server = await serve(out, '/some/where/');
        const page = await chromium.newPage();
        const { errors } = listen(page, server.url);
        await watchLongTasks(page);
        try {
          await page.goto(server.url);
          const answer = page.locator('output');
          await answer.filter({ hasText: /^delivery \(\d+ %\)$/ }).waitFor();
          await page.locator('textarea').fill('The invoice is wrong.');
          await answer.filter({ hasText: /^billing \(\d+ %\)$/ }).waitFor();
          expect(await longTasksOf(page, 0)).toEqual([]);
          expect(await accessibilityOf(page)).toEqual([]);
          expect(errors).toEqual([]);
        } finally {
          await page.close();
          server.close();
        }
      },
      120_000,
    );

    test('says when there is no model', async () => {
      const out = join(project, 'without');
      await ways['static files'](project, out);
      rmSync(join(out, 'model'), { recursive: true });
      const server = await serve(out, '/');
      const page = await chromium.newPage();
      try {
        await page.goto(server.url);
        const answer = page.locator('output').filter({ hasText: 'did not work' });
        await answer.waitFor();
        expect(await answer.textContent()).toMatch(/load: .*\/model\/.*404/);
      } finally {
        await page.close();
        server.close();
      }
    }, 60_000);
  },
);
