import { posix } from 'node:path';

/** Where each page of the repository stands on the site: `docs/learn/README.md` at `learn/index.md`. */
export function placesOf(sources: readonly string[]): ReadonlyMap<string, string> {
  return new Map(sources.map((source) => [source, placeOf(source)]));
}

function placeOf(source: string): string {
  if (source === 'docs/README.md') return 'pages.md';
  const inside = source.replace(/^docs\//, '').toLowerCase();
  const [room, name] = inside.split('/');
  if (room === 'packages') return `packages/${name}.md`;
  if (room === 'apps') return `apps/${name}.md`;
  return inside.replace(/readme\.md$/, 'index.md');
}

/** The address of a place: `learn/index.md` is `/learn/`. */
export function addressOf(place: string): string {
  return `/${place.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`;
}

/**
 * Where a link of a page leads on the site, or undefined for what is none of its pages.
 *
 * @param from the page with the link, as it lies in the repository
 */
export function resolveLink(
  url: string,
  from: string,
  places: ReadonlyMap<string, string>,
): string | undefined {
  const [path, anchor] = url.split('#');
  const target = path === '' ? from : posix.normalize(posix.join(posix.dirname(from), path));
  const place = places.get(target);
  if (place === undefined) return undefined;
  return `${addressOf(place)}${anchor === undefined ? '' : `#${anchor}`}`;
}
