import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resultsPage } from './results/page.ts';
import { keptResults } from './results.ts';

test('the page of results says what the kept files say', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/results.md'), 'utf8');
  expect(page).toBe(resultsPage(keptResults()));
});

test('a result that no table shows is told', () => {
  const [first] = keptResults();
  expect(() => resultsPage([{ ...first, name: 'unheard' }])).toThrow(
    `no table shows ${first.file}`,
  );
});
