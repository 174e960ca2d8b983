import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { deadLinksOf } from './dead-links.ts';

const folder = mkdtempSync(join(tmpdir(), 'unroll-links-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('what leads nowhere is named with its page, and what is sound is not', () => {
  mkdirSync(join(folder, 'learn'));
  writeFileSync(join(folder, 'learn', 'index.html'), '<h2 id="here">Here</h2>');
  writeFileSync(
    join(folder, 'a.html'),
    `<a href="/b/learn/#here">1</a> <a href="/b/learn/#there">2</a> <a href="/b/c.html">3</a> <a href="#top">4</a>
     <a href="/other">5</a> <a href="https://x.y">6</a> <script src="https://x.y/z.js"></script> <img src="data:,">`,
  );
  expect(deadLinksOf(folder, '/b/')).toEqual([
    'a.html: /b/learn/#there names no heading there.',
    'a.html: /b/c.html leads to no file.',
    'a.html: #top names no heading there.',
    'a.html: /other is outside of /b/.',
    'a.html: https://x.y/z.js is fetched from another server.',
  ]);
});
