import { expect, test } from 'vitest';
import { checkedProgram } from './claims.ts';
import { examplesOf } from './examples.ts';
import { tryPrograms } from './programs.ts';
import { says } from './says.ts';

function program(line: number, code: string) {
  return checkedProgram({ page: 'a.md', line, code, meta: '' });
}

test('a comment behind a statement becomes a check on the same line', () => {
  const { code } = program(
    1,
    'norm(x); // 5\nconst y = f(x); // [2, 3]\nconsole.log(y.shape); // → [2]',
  );
  expect(code.split('\n')).toEqual([
    'await says(norm(x), "5"); // 5',
    'const y = f(x); await says(y, "[2, 3]"); // [2, 3]',
    'await says(y.shape, "[2]"); // → [2]',
  ]);
});

test('a comment in words, and what prints several values, are left as they are', () => {
  const code =
    'f(x); // 3 units, or 4\nconsole.log(a, b); // [2, 7] [2]\nconst { y } = f(); // 5 steps';
  expect(program(1, code).code).toBe(code);
});

test('a program that gives something else than its comment says is named with its line', async () => {
  const findings = await tryPrograms([
    program(3, "import { norm, tensor } from '@unroll/tensor';\nnorm(tensor([3, 4])); // 5"),
    program(8, "import { norm, tensor } from '@unroll/tensor';\nnorm(tensor([3, 4])); // 6"),
  ]);
  expect([...findings.keys()]).toEqual(['a.md:8']);
  expect(findings.get('a.md:8')).toContain('the comment says 6, the program gives 5');
  expect(findings.get('a.md:8')).toContain('a.md:10');
});

test.each([
  [0.12345, '0.123'],
  [new Float32Array([1, 2.5]), '[1, 2.5]'],
  [[[1], [true]], '[[1], [true]]'],
  ['h', "'h'"],
  [{ shape: [2, 3], toArray: async () => [[0], [1]] }, '[2, 3]'],
  [{ shape: [], toArray: async () => 7 }, '7'],
])('%o is %s', async (value, comment) => {
  await expect(says(value, comment)).resolves.toBeUndefined();
});

test.each([
  [0.12345, '0.124'],
  [new Float32Array([1, 2.5]), '[1, 2]'],
  [[1, 2], '[1, 2, 3]'],
  ['h', "'n'"],
  [1, 'true'],
])('%o is not %s', async (value, comment) => {
  await expect(says(value, comment)).rejects.toThrow(`the comment says ${comment}`);
});

test('examples are read from docstrings with the line of their tag', () => {
  const text = [
    '/**',
    ' * Adds.',
    ' *',
    ' * @example',
    ' * add(1, 2); // 3',
    ' *   add(3, 4);',
    ' */',
    'export class A {',
    '  /**',
    '   * @example',
    '   * a.b();',
    '   * @throws Error',
    '   */',
  ].join('\n');
  expect(examplesOf('a.ts', `${text}\n`)).toEqual([
    { page: 'a.ts', line: 4, code: 'add(1, 2); // 3\n  add(3, 4);', meta: '' },
    { page: 'a.ts', line: 10, code: 'a.b();', meta: '' },
  ]);
});
