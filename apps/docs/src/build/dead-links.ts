import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join, posix, sep } from 'node:path';

/**
 * Links, pictures and anchors of a built site that lead nowhere, and files that it would fetch from elsewhere: one sentence each.
 *
 * @param folder with its files
 * @param base the path under which it will stand
 */
export function deadLinksOf(folder: string, base: string): string[] {
  const pages = new Map(
    globSync('**/*.html', { cwd: folder }).map((path) => {
      const html = readFileSync(join(folder, path), 'utf8');
      return [path.split(sep).join('/'), html] as const;
    }),
  );
  const anchors = new Map([...pages].map(([path, html]) => [path, anchorsOf(html)]));
  return [...pages].flatMap(([path, html]) =>
    [...addressesOf(html)].flatMap(({ url, loads }) => {
      const why = problemOf(url, loads, path);
      return why === undefined ? [] : [`${path}: ${url} ${why}.`];
    }),
  );

  function problemOf(url: string, loads: boolean, from: string): string | undefined {
    if (/^(data|mailto):/.test(url)) return undefined;
    if (/^([a-z]+:)?\/\//.test(url)) return loads ? 'is fetched from another server' : undefined;
    const [, path, anchor] = /^([^?#]*)[^#]*#?(.*)$/.exec(url) ?? [];
    if (path.startsWith('/') && !path.startsWith(base)) return `is outside of ${base}`;
    const at = path.startsWith('/')
      ? path.slice(base.length)
      : posix.join(posix.dirname(from), path);
    const target = path === '' ? from : fileAt(decodeURIComponent(at));
    if (target === undefined) return 'leads to no file';
    const found = anchors.get(target);
    if (anchor === '' || found === undefined || found.has(decodeURIComponent(anchor)))
      return undefined;
    return 'names no heading there';
  }

  function fileAt(path: string): string | undefined {
    const candidates = [path, `${path}.html`, posix.join(path, 'index.html')];
    return candidates
      .map((file) => posix.normalize(file))
      .find((file) => {
        const full = join(folder, file);
        return existsSync(full) && statSync(full).isFile();
      });
  }
}

function anchorsOf(html: string): Set<string> {
  return new Set([...html.matchAll(/ (?:id|name)="([^"]+)"/g)].map(([, id]) => unescaped(id)));
}

/** Everything that a page leads to or loads. */
function* addressesOf(html: string): Generator<{ url: string; loads: boolean }> {
  const seen = new Set<string>();
  for (const [, tag, rest] of html.matchAll(/<(a|link|script|img|source|iframe)\b([^>]*)>/g)) {
    const url = / (?:href|src)="([^"]*)"/.exec(rest)?.[1];
    if (url === undefined || seen.has(tag + url)) continue;
    seen.add(tag + url);
    yield { url: unescaped(url), loads: tag !== 'a' };
  }
}

function unescaped(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
}
