import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allowed, findViolations } from './rows.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
let house = '';

beforeEach(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  house = mkdtempSync(join(root, '.cache', 'rows-'));
  mkdirSync(join(house, 'apps'));
});

afterEach(() => rmSync(house, { recursive: true }));

function build(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    const file = join(house, 'packages', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

test('a house whose imports point downwards has no violation', async () => {
  build({
    'backend/package.json': '{ "name": "@unroll/backend", "exports": "./src/index.ts" }',
    'backend/src/index.ts': 'export const a = 1;\n',
    'backend/src/a.test.ts': "import { a } from './index.ts';\nconsole.log(a);\n",
  });
  expect(await findViolations(house)).toEqual([]);
});

test('an import of a type from a higher row is refused with the rows that are allowed', async () => {
  build({
    'tensor/src/index.ts': "import type { LSTM } from '@unroll/cells';\nexport type A = LSTM;\n",
  });
  expect(await findViolations(house)).toEqual([
    'packages/tensor/src/index.ts imports @unroll/cells (row 4), but tensor (row 2) may import backend, tokenizers, wasm, gpu.',
  ]);
});

test('an import within a row and an import type expression are refused', async () => {
  build({
    'nn/src/a.ts': "export { SGD } from '@unroll/optimizers';\n",
    'nn/src/b.ts': "export type S = import('@unroll/trainers').Trainer;\n",
    'nn/src/c.ts': "export const load = () => import('@unroll/models');\n",
  });
  expect((await findViolations(house)).map((sentence) => sentence.split(',')[0])).toEqual([
    'packages/nn/src/a.ts imports @unroll/optimizers (row 3)',
    'packages/nn/src/b.ts imports @unroll/trainers (row 8)',
    'packages/nn/src/c.ts imports @unroll/models (row 7)',
  ]);
});

test('a test obeys the row of its package', async () => {
  build({ 'backend/src/a.test.ts': "import { add } from '@unroll/tensor';\nadd();\n" });
  expect(await findViolations(house)).toHaveLength(1);
});

test('an allowed package that is imported by path or not listed is named', async () => {
  build({
    'backend/src/index.ts': 'export const a = 1;\n',
    'tensor/src/a.ts': "export { a } from '../../backend/src/index.ts';\n",
    'tensor/src/b.ts': "export { a } from '@unroll/backend';\n",
  });
  expect(await findViolations(house)).toEqual([
    'packages/tensor/src/a.ts imports ../../backend/src/index.ts by its path: import @unroll/backend by its name.',
    'packages/tensor/src/b.ts imports @unroll/backend, which its package.json does not list.',
  ]);
});

test('a cycle is reported once, types included', async () => {
  build({
    'nn/src/a.ts': "import type { B } from './b.ts';\nexport type A = B | 1;\n",
    'nn/src/b.ts': "import type { C } from './c.ts';\nexport type B = C | 2;\n",
    'nn/src/c.ts': "import type { A } from './a.ts';\nexport type C = A | 3;\n",
  });
  expect(await findViolations(house)).toEqual([
    'Import cycle: packages/nn/src/a.ts → packages/nn/src/b.ts → packages/nn/src/c.ts → packages/nn/src/a.ts. Move what both need into a third file.',
  ]);
});

test('the lowest row may import nothing', () => {
  expect(allowed('backend')).toBe('backend (row 0) may import no other package');
});
