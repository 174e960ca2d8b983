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
        const isOurs =
          token.attrGet('class') !== 'header-anchor' && !/^[a-z][a-z+.-]*:/i.test(href);
        const address = isOurs ? resolveLink(decodeURIComponent(href), source, places) : href;
        open.push(address !== undefined);
        if (address !== undefined) token.attrSet('href', address);
        else [token.type, token.tag, token.attrs] = ['span_open', 'span', []];
      } else if (token.type === 'link_close' && open.pop() === false) {
        [token.type, token.tag] = ['span_close', 'span'];
      }
    }
  });
}

/** A table without headings has empty ones in Markdown; on the site they are plain cells, which screen readers do not announce. */
export function plainEmptyHeadings(md: MarkdownIt): void {
  md.core.ruler.push('empty-headings', ({ tokens }) => {
    for (const [i, token] of tokens.entries()) {
      if (token.type !== 'th_open' || tokens[i + 1].content !== '') continue;
      token.tag = 'td';
      tokens[i + 2].tag = 'td';
    }
  });
}

/**
 * Blocks of indented text can be scrolled with the keyboard, as those with a language can. In the reference they are equations of
 * docstrings, whose braces TypeDoc has escaped.
 */
export function plainBlocks(md: MarkdownIt): void {
  md.renderer.rules.code_block = (tokens, index, _options, { relativePath }) => {
    const { content } = tokens[index];
    const text = relativePath.startsWith('reference/')
      ? content.replaceAll(/\\([{}<>])/g, '$1')
      : content;
    return `<pre v-pre tabindex="0"><code>${md.utils.escapeHtml(text)}</code></pre>\n`;
  };
}
