// Writes docs/results.md from the result files in docs/results: node scripts/results.ts
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptResult } from './results/kept-result.ts';
import { resultsPage } from './results/page.ts';

const docs = join(import.meta.dirname, '../docs');

/** The kept results of tasks, by the names of their files; `pnpm size` keeps its own for docs/sizes.md. */
export function keptResults(): KeptResult[] {
  const folder = join(docs, 'results');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== 'size.json')
    .sort()
    .map((file) => ({ file, ...JSON.parse(readFileSync(join(folder, file), 'utf8')) }));
}

if (import.meta.main) writeFileSync(join(docs, 'results.md'), resultsPage(keptResults()));
