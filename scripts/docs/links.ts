import { existsSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import type { Page } from './markdown.ts';

/** Links between pages, and from a page to a file, that lead nowhere: one sentence each. */
export function deadLinks(root: string, pages: readonly Page[]): string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  return pages.flatMap((page) =>
    page.links.flatMap(({ line, url }) => {
      if (/^[a-z][a-z+.-]*:/i.test(url)) return [];
      const [file, anchor] = decodeURIComponent(url).split('#');
      const target = file === '' ? page.path : posix(normalize(join(dirname(page.path), file)));
      const at = `${page.path}:${line}`;
      if (target.startsWith('..')) return [`${at}: ${url} leads out of the repository.`];
      if (!existsSync(join(root, target))) return [`${at}: there is no ${target}.`];
      const anchors = byPath.get(target)?.anchors;
      if (anchor === undefined || anchors === undefined || anchors.has(anchor)) return [];
      return [`${at}: ${target} has no heading #${anchor}.`];
    }),
  );
}

function posix(path: string): string {
  return path.split(sep).join('/');
}
