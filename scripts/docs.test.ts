import { globSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkedProgram } from './docs/claims.ts';
import { wholeExamples } from './docs/examples.ts';
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
const examples = wholeExamples();

let findings: Findings;

beforeAll(async () => {
  findings = await tryPrograms([...programs, ...examples].map(checkedProgram));
}, 300_000);

describe('every program in the documentation compiles, runs and gives what its comments say', () => {
  for (const program of programs) {
    test(titleOf(program), () => {
      expect(findings.get(titleOf(program))).toBeUndefined();
    });
  }
});

describe('every whole example in a docstring compiles, runs and gives what its comments say', () => {
  for (const example of examples) {
    test(titleOf(example), () => {
      const finding = findings.get(titleOf(example)) ?? '';
      // An example may name a file of the reader's.
      expect(finding).toMatch(/^$|^FileError: .*(no such file|fetch failed)/);
    });
  }
});

test('most examples in docstrings are whole', () => {
  expect(examples.length).toBeGreaterThan(90);
});

test('every link between pages leads somewhere', () => {
  expect(deadLinks(root, pages)).toEqual([]);
});
