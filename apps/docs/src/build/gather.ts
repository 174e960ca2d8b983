import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { places } from '../site/navigation.ts';
import { folders } from '../site/paths.ts';

/** Puts all pages, pictures and files of the site where VitePress renders them. */
export function gather(): void {
  rmSync(folders.content, { recursive: true, force: true });
  for (const source of places.keys()) gatherPage(source);
  cpSync(join(folders.repository, 'docs', 'pictures'), join(folders.content, 'pictures'), {
    recursive: true,
  });
  cpSync(join(folders.app, 'pages'), folders.content, { recursive: true });
}

/** Copies one page to its place; false for a file that is none. */
export function gatherPage(source: string): boolean {
  const place = places.get(source);
  if (place === undefined) return false;
  const file = join(folders.content, place);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, readFileSync(join(folders.repository, source), 'utf8'));
  return true;
}
