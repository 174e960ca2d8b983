import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folders } from './paths.ts';

/** Where `pnpm size --json docs/results/size.json` leaves its figures. */
const file = join(folders.repository, 'docs', 'results', 'size.json');

/** Bytes of our typical imports by name, such as `gru-training`; none before they were measured. */
export function sizes(text = existsSync(file) ? readFileSync(file, 'utf8') : '{"metrics":{}}') {
  const { metrics } = JSON.parse(text) as { metrics: Record<string, number> };
  const found = Object.entries(metrics).flatMap(([name, bytes]) => {
    const [, imported] = /^size\.(.+)\.unroll\.gzipBytes$/.exec(name) ?? [];
    return imported === undefined ? [] : [[imported, bytes] as const];
  });
  return Object.fromEntries(found);
}
