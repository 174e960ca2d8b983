import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import GithubSlugger from 'github-slugger';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString as textOf } from 'mdast-util-to-string';
import { visit } from 'unist-util-visit';

/** A fenced block of TypeScript, with the line of its fence. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly code: string;
  /** What is put before the program without moving its lines. */
  readonly prelude?: string;
  /** The words after the language in the fence: empty, or why the block is not run. */
  readonly meta: string;
}

interface Link {
  readonly page: string;
  readonly line: number;
  readonly url: string;
}

/** What the tests need to know about one page of Markdown. */
export interface Page {
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  readonly anchors: ReadonlySet<string>;
}

const languages = ['ts', 'typescript', 'tsx', 'js', 'javascript', 'jsx', 'mjs'];

/** Reads the page at `path` below `root`. */
export function readPage(root: string, path: string): Page {
  return parsePage(path, readFileSync(join(root, path), 'utf8'));
}

/** Finds the program blocks, the links and the anchors of a page. */
export function parsePage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const links: Link[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  visit(fromMarkdown(text), (node) => {
    const line = node.position?.start.line ?? 0;
    if (node.type === 'code' && languages.includes(node.lang ?? '')) {
      if (node.lang !== 'ts') throw new Error(`${path}:${line}: write \`\`\`ts, not ${node.lang}.`);
      blocks.push({ page: path, line, code: node.value, meta: node.meta ?? '' });
    }
    if (node.type === 'heading') anchors.add(slugger.slug(textOf(node)));
    if (node.type === 'link' || node.type === 'image' || node.type === 'definition') {
      links.push({ page: path, line, url: node.url });
    }
    if (node.type === 'html') {
      for (const [, url] of node.value.matchAll(/\b(?:src|href)="([^"]+)"/g)) {
        links.push({ page: path, line, url });
      }
    }
  });
  return { path, blocks, links, anchors };
}

/** Why a block is not run, or nothing when it is: `ts no-run: needs a browser`. */
export function reasonNotToRun({ page, line, meta }: Block): string | undefined {
  if (meta === '') return undefined;
  const reason = /^no-run: (\S.*)$/.exec(meta)?.[1];
  if (!reason) {
    throw new Error(
      `${page}:${line}: \`${meta}\` is not known; write \`ts no-run: <the reason>\`.`,
    );
  }
  return reason;
}
