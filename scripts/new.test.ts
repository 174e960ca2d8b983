import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cellScaffold } from './new/cell.ts';
import { opScaffold } from './new/op.ts';
import { packageScaffold } from './new/package.ts';
import { tidy, write } from './new/scaffold.ts';
import { findViolations, rows } from './rows.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
/** A package that no other one imports: the copy begins without it. */
const unborn = 'inspect';
const packages = readdirSync(join(root, 'packages')).filter((name) => name !== unborn);
/** What is read of a file in vitest's report. */
interface TestFile {
  readonly name: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

let copy = '';
let written: string[] = [];

/** The house in a folder of its own, with something new of each kind in it. */
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  copy = mkdtempSync(join(root, '.cache', 'new-'));
  const files = readdirSync(root).filter((name) =>
    /^[\w.-]+\.(json|ts|md)$|^\.gitignore$/.test(name),
  );
  for (const path of [...files, 'packages']) {
    cpSync(join(root, path), join(copy, path), { recursive: true, filter: isSource });
  }
  mkdirSync(join(copy, 'apps'));
  const readme = readFileSync(join(copy, 'README.md'), 'utf8').split('\n');
  const others = readme.filter((line) => !line.includes(`(packages/${unborn}/README.md)`));
  writeFileSync(join(copy, 'README.md'), others.join('\n'));
  written = [
    ...write(copy, cellScaffold('trial-cell')),
    ...write(copy, opScaffold('trial-op')),
    ...write(copy, packageScaffold(unborn, "A package's first sentence.")),
  ];
  tidy(copy, written);
  for (const name of [...packages, unborn]) link(name);
}, 60_000);

afterAll(() => rmSync(copy, { recursive: true }));

function isSource(path: string) {
  if (path === join(root, 'packages', unborn)) return false;
  return !/[/\\](node_modules|dist|\.turbo|\.cache)$/.test(path);
}

/** Packages of the copy see each other, and the libraries of the original. */
function link(name: string) {
  const modules = join(copy, 'packages', name, 'node_modules');
  const scope = join(modules, '@unroll');
  mkdirSync(scope, { recursive: true });
  for (const other of [...packages, unborn]) {
    symlinkSync(join(copy, 'packages', other), join(scope, other), 'junction');
  }
  const libraries = join(root, 'packages', name, 'node_modules');
  for (const library of existsSync(libraries) ? readdirSync(libraries) : []) {
    if (library.startsWith('.') || library === '@unroll') continue;
    symlinkSync(join(libraries, library), join(modules, library), 'junction');
  }
}

/** Runs an installed tool in the copy; gives what it wrote if it failed. */
function tool(script: string, ...args: string[]) {
  const file = join(root, 'node_modules', ...script.split('/'));
  const options = { cwd: copy, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], options);
  return status === 0 ? '' : `${stdout}${stderr}`;
}

/** What is wrong elsewhere is not for this test to say. */
function aboutNew(problems: string[]) {
  return problems.filter((problem) => written.some((path) => problem.includes(path)));
}

describe('what pnpm new wrote', () => {
  test('is formatted and has nothing for the linter', () => {
    const args = ['check', '--error-on-warnings', ...written];
    expect(tool('@biomejs/biome/bin/biome', ...args)).toBe('');
  });

  test('has types', () => {
    const include = ['cells', 'tensor', unborn].map((name) => `packages/${name}/src`);
    const config = { extends: './tsconfig.base.json', include };
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(config));
    expect(aboutNew(tool('typescript/bin/tsc', '--project', copy).split('\n'))).toEqual([]);
  }, 120_000);

  test('imports only what it may', async () => {
    expect(aboutNew(await findViolations(copy))).toEqual([]);
  });

  test('passes the tests that came with it, and a cell those of every cell', () => {
    const report = join(copy, 'report.json');
    const tests = ['packages/cells/src/cells', 'trial-op', `packages/${unborn}`];
    const args = ['--testNamePattern=trial|manifest', '--root', copy];
    tool(
      'vitest/vitest.mjs',
      'run',
      ...tests,
      ...args,
      '--reporter=json',
      `--outputFile=${report}`,
    );
    const { testResults }: { testResults: TestFile[] } = JSON.parse(readFileSync(report, 'utf8'));
    const outcomes = testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status !== 'pending' && status !== 'skipped')
        .map(({ status }) => `${basename(name)} ${status}`),
    );
    expect([...new Set(outcomes)].sort()).toEqual([
      'cells.test.ts passed',
      'compiled.test.ts passed',
      'purpose.test.ts passed',
      'table.test.ts passed',
      'trial-cell.test.ts passed',
      'trial-op.test.ts passed',
    ]);
  }, 120_000);
});

test('a new cell has a name for command lines and saved models', () => {
  const names = readFileSync(join(copy, 'packages/cells/src/cells/names.ts'), 'utf8');
  expect(names).toContain("  'trial-cell': trialCell,\n} as const");
});

test('a new package stands in the table of README.md, below the others of its row', () => {
  const table = readFileSync(join(copy, 'README.md'), 'utf8').matchAll(/^\| (\d+) \| \[`(\w+)`/gm);
  const listed = [...table].map(([, row, name]) => ({ row: Number(row), name }));
  const row = rows.findIndex((names) => names.includes(unborn));
  expect(listed).toContainEqual({ row, name: unborn });
  expect(listed).toEqual(listed.toSorted((a, b) => a.row - b.row));
});

test('a name that is taken, badly written or without a row is refused, and nothing is written', () => {
  const before = readFileSync(join(copy, 'packages/tensor/src/index.ts'), 'utf8');
  expect(() => write(copy, opScaffold('trial-op'))).toThrow(
    'packages/tensor/src/operations/trial-op.ts exists already. Choose another name.',
  );
  expect(readFileSync(join(copy, 'packages/tensor/src/index.ts'), 'utf8')).toBe(before);
  expect(() => cellScaffold('TrialCell')).toThrow(
    "kebab-case, like peephole-lstm; got 'TrialCell'",
  );
  expect(() => packageScaffold('attic', 'Old things.')).toThrow('First give attic a row');
  expect(() => packageScaffold(unborn, ' ')).toThrow('Say what it is for');
});
