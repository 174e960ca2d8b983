import { slug } from 'github-slugger';
import { type DefaultTheme, defineConfigWithTheme } from 'vitepress';
import { plainBlocks, plainEmptyHeadings, siteLinks } from './markdown.ts';
import { nav, sidebar } from './navigation.ts';
import { folders } from './paths.ts';
import { sizes } from './sizes.ts';

/** The site: `DOCS_BASE=/unroll/` is the path under which it will stand. */
export const config = defineConfigWithTheme<
  DefaultTheme.Config & { sizes: Record<string, number> }
>({
  base: process.env.DOCS_BASE ?? '/',
  title: 'Unroll',
  description:
    'Sequence learning in TypeScript: recurrent networks that train in Node and in the page.',
  lang: 'en-GB',
  srcDir: folders.content,
  cacheDir: folders.cache,
  outDir: folders.out,
  metaChunk: true,
  head: [
    [
      'link',
      { rel: 'icon', type: 'image/svg+xml', href: `${process.env.DOCS_BASE ?? '/'}mark.svg` },
    ],
  ],
  markdown: {
    math: true,
    anchor: { slugify: slug },
    config(md) {
      siteLinks(md);
      plainEmptyHeadings(md);
      plainBlocks(md);
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    logo: '/mark.svg',
    nav,
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    sizes: sizes(),
    footer: { message: 'MIT licence' },
  },
  vite: {
    resolve: { conditions: ['@unroll/source'] },
    build: { target: 'es2023', chunkSizeWarningLimit: 4000 },
    worker: { format: 'es' },
  },
});
