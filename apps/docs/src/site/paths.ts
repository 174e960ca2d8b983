import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const app = fileURLToPath(new URL('../../', import.meta.url));

/** Folders of the site. What is rendered is gathered in one of them, from the whole repository. */
export const folders = {
  app,
  repository: join(app, '..', '..'),
  content: join(app, '.cache', 'content'),
  cache: join(app, '.cache', 'vitepress'),
  out: join(app, 'dist'),
} as const;

/** Markdown below a folder of `docs/`, by its path in the repository. */
function pagesIn(folder: string): string[] {
  const names = readdirSync(join(folders.repository, folder));
  return names
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** The decision records and the list of them. */
export const decisions = pagesIn('docs/decisions');

/** Guides and lessons. */
export const prose = [...pagesIn('docs'), ...pagesIn('docs/learn')];

/** Whether a page of the list is there: some are made by commands, such as `docs/results.md`. */
export function isThere(source: string): boolean {
  return existsSync(join(folders.repository, source));
}
