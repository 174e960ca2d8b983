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

const isTest = ({ path }: Page): boolean => path.endsWith('.test.ts');
const inOrder = (a: Page, b: Page): number => (a.path < b.path ? -1 : 1);

/** Every document and source comes in, then tests in the order of their paths, as long as they fit; sorted by path. */
export function corpusOf(files: readonly Page[], most: number): string {
  const pages = files
    .map(({ path, text }) => ({
      path,
      text: `// ${path}\n${text.replace(/\r\n?/g, '\n').trim()}\n\n`,
    }))
    .sort(inOrder);
  const chosen: Page[] = [];
  let length = 0;
  for (const page of [...pages.filter((each) => !isTest(each)), ...pages.filter(isTest)]) {
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
