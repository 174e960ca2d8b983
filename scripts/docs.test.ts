import { globSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { deadLinks } from './docs/links.ts';
import { readPage, reasonNotToRun } from './docs/markdown.ts';
import { type Findings, titleOf, tryPrograms } from './docs/programs.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const patterns = ['*.md', 'docs/**/*.md', 'packages/*/README.md', 'apps/*/README.md'];
const pages = globSync(patterns, { cwd: root })
  .map((path) => path.split(sep).join('/'))
  .sort()
  .map((path) => readPage(root, path));
const programs = pages
  .flatMap((page) => page.blocks)
  .filter((block) => reasonNotToRun(block) === undefined);

let findings: Findings;

beforeAll(async () => {
  findings = await tryPrograms(programs);
}, 300_000);

describe('every program in the documentation compiles and runs', () => {
  for (const program of programs) {
    test(titleOf(program), () => {
      expect(findings.get(titleOf(program))).toBeUndefined();
    });
  }
});

test('every link between pages leads somewhere', () => {
  expect(deadLinks(root, pages)).toEqual([]);
});
