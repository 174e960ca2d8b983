import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { type Chapter, chapters, packages } from './pages.ts';
import { decisions, folders, isThere, prose } from './paths.ts';
import { addressOf, placesOf } from './places.ts';

const listed = chapters.flatMap(({ pages }) => pages.map(({ source }) => source));
const unlisted = prose.filter((source) => !listed.includes(source));

/** The chapters with the pages that are there; what nobody has put into one comes last. */
const shown: readonly Chapter[] = [
  ...chapters,
  { title: 'More', pages: unlisted.map((source) => ({ source, title: titleOf(source) })) },
]
  .map(({ title, pages }) => ({ title, pages: pages.filter(({ source }) => isThere(source)) }))
  .filter(({ pages }) => pages.length > 0);

/** Where every page stands, by its path in the repository. */
export const places = placesOf([
  ...shown.flatMap(({ pages }) => pages.map(({ source }) => source)),
  ...packages.map((name) => `packages/${name}/README.md`),
  ...decisions,
]);

const link = (source: string) => addressOf(places.get(source) as string);

/** The first page of each chapter, and the reference. */
export const nav: DefaultTheme.NavItem[] = [
  ...shown
    .filter(({ title }) => title !== 'About' && title !== 'More')
    .map(({ title, pages }) => ({ text: title, link: link(pages[0].source) })),
  { text: 'Reference', link: `/packages/${packages[0]}` },
];

const reference: DefaultTheme.SidebarItem = {
  text: 'Reference',
  items: packages.map((name) => ({
    text: `@unroll/${name}`,
    link: `/packages/${name}`,
    items: [{ text: 'all of its names', link: referenceOf(name) }],
  })),
};

const records: DefaultTheme.SidebarItem = {
  text: 'Decisions',
  items: decisions
    .filter((source) => !source.endsWith('README.md'))
    .map((source) => ({ text: titleOf(source), link: link(source) })),
};

/** The reference and the records have side bars of their own; all other pages share one. */
export const sidebar: DefaultTheme.SidebarMulti = {
  '/packages/': [reference],
  '/reference/': [reference],
  '/decisions/': [records],
  '/': shown.map(({ title, pages }) => ({
    text: title,
    items: pages.map((page) => ({ text: page.title, link: link(page.source) })),
  })),
};

/** A package that exports whole name spaces has a folder of pages, and others have one page. */
function referenceOf(name: string): string {
  return ['nn', 'backend'].includes(name) ? `/reference/${name}/` : `/reference/${name}`;
}

function titleOf(source: string): string {
  const text = readFileSync(join(folders.repository, source), 'utf8');
  return /^# (.*)$/m.exec(text)?.[1] ?? source;
}
