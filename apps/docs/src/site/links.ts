import type { MarkdownOptions } from 'vitepress';
import { places } from './navigation.ts';
import { resolveLink } from './places.ts';

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0];

const sources = new Map([...places].map(([source, place]) => [place, source]));

/**
 * Lets links between files of the repository lead to the pages of the site. What is no page, such as a file of source, is
 * left as words.
 */
export function siteLinks(md: MarkdownIt): void {
  md.core.ruler.push('site-links', ({ tokens, env }) => {
    const source = sources.get(env.relativePath);
    if (source === undefined) return;
    const inline = tokens.flatMap((token) => token.children ?? []);
    const open: boolean[] = [];
    for (const token of inline) {
      if (token.type === 'link_open') {
        const href = token.attrGet('href') ?? '';
        const outside = /^[a-z][a-z+.-]*:/i.test(href);
        const address = outside ? href : resolveLink(decodeURIComponent(href), source, places);
        open.push(address !== undefined);
        if (address === undefined) token.tag = 'span';
        token.attrs = address === undefined ? [] : [['href', address]];
        if (address === undefined) token.type = 'span_open';
      } else if (token.type === 'link_close' && open.pop() === false) {
        token.tag = 'span';
        token.type = 'span_close';
      }
    }
  });
}
