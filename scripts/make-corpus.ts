// Writes apps/tasks/corpus/unroll.txt: a snapshot of this repository's own source and docs, for a first model to learn.
// Run it from anywhere: node scripts/make-corpus.ts
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Characters in the corpus at most. */
const limit = 600_000;

interface Page {
  readonly path: string;
  readonly text: string;
}

/** Documents come in first, then sources, then tests. */
function rank({ path }: Page): number {
  if (path.endsWith('.md')) return 0;
  return path.endsWith('.test.ts') ? 2 : 1;
}

const inOrder = (a: Page, b: Page): number => (a.path < b.path ? -1 : 1);

/**
 * As many whole files as fit, in the order of their paths: documents, sources, tests, and of each the shorter ones before
 * the longer, so that every part of the house has its say.
 */
export function corpusOf(files: readonly Page[], most: number): string {
  const pages = files
    .map(({ path, text }) => ({
      path,
      text: `// ${path}\n${text.replace(/\r\n?/g, '\n').trim()}\n\n`,
    }))
    .sort(inOrder);
  const wanted = pages.toSorted((a, b) => rank(a) - rank(b) || a.text.length - b.text.length);
  const chosen: Page[] = [];
  let length = 0;
  for (const page of wanted) {
    if (length + page.text.length > most) continue;
    length += page.text.length;
    chosen.push(page);
  }
  return chosen
    .sort(inOrder)
    .map(({ text }) => text)
    .join('');
}

/** Prose and TypeScript that git tracks; no data, no fixtures, and not the corpus itself. */
function repositoryFiles(root: string): Page[] {
  const paths = execFileSync('git', ['ls-files', '*.md', '*.ts'], { cwd: root, encoding: 'utf8' });
  return paths
    .split('\n')
    .filter((path) => path !== '' && !/\/(fixtures|__snapshots__)\//.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname);
  const corpus = corpusOf(repositoryFiles(root), limit);
  const file = join(root, 'apps/tasks/corpus/unroll.txt');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, corpus);
  console.log(
    `${corpus.length} characters, ${new Set(corpus).size} distinct, in apps/tasks/corpus/unroll.txt`,
  );
}
