import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { deadLinks } from './links.ts';
import { parsePage, reasonNotToRun } from './markdown.ts';
import { tryPrograms } from './programs.ts';

const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));
mkdirSync(cache, { recursive: true });
const home = mkdtempSync(join(cache, 'docs-test-'));

afterAll(() => rmSync(home, { recursive: true }));

function fence(code: string, info = 'ts') {
  return `\`\`\`${info}\n${code}\n\`\`\`\n`;
}

test('a page gives its programs with the line of the fence', () => {
  const { blocks } = parsePage('a.md', `# A\n\n${fence('f();')}\n${fence('x', 'sh')}`);
  expect(blocks).toEqual([{ page: 'a.md', line: 3, code: 'f();', meta: '' }]);
});

test('a block is left out only with a reason', () => {
  const [block] = parsePage('a.md', fence('f();', 'ts no-run: needs a browser')).blocks;
  expect(reasonNotToRun(block)).toBe('needs a browser');
  const [bare] = parsePage('a.md', fence('f();', 'ts no-run')).blocks;
  expect(() => reasonNotToRun(bare)).toThrow('a.md:1: `no-run` is not known');
});

test('a program under another name of the language is refused', () => {
  expect(() => parsePage('a.md', fence('f();', 'js'))).toThrow('a.md:1: write ```ts, not js.');
});

test('a dead file, a dead anchor and a way out of the repository are found', () => {
  writeFileSync(join(home, 'a.md'), '');
  writeFileSync(join(home, 'b.md'), '');
  const text =
    '# One\n[1](b.md) [2](c.md) [3](#one) [4](#two)\n[5](b.md#here) [6](../x) [7](https://x.y)';
  const pages = [parsePage('a.md', text), parsePage('b.md', '## There\n')];
  expect(deadLinks(home, pages)).toEqual([
    'a.md:2: there is no c.md.',
    'a.md:2: a.md has no heading #two.',
    'a.md:3: b.md has no heading #here.',
    'a.md:3: ../x leads out of the repository.',
  ]);
});

test('a program that is sound has no finding, and every other is named with its line', async () => {
  const text = [
    fence('const a: number = 1;\nconsole.log(a);'),
    fence('const a: number = "one";\nexport default a;'),
    fence("export const b = 1;\nthrow new Error('thrown');"),
    fence("setTimeout(() => { throw new Error('late'); });\nawait new Promise(() => {});"),
    fence('process.exit(3);'),
    fence('export const never = 1;'),
  ].join('');
  const findings = await tryPrograms(parsePage('a.md', text).blocks);
  expect([...findings.keys()]).toEqual(['a.md:5', 'a.md:9', 'a.md:13', 'a.md:17', 'a.md:20']);
  expect(findings.get('a.md:5')).toContain("a.md:6: Type 'string' is not assignable");
  expect(findings.get('a.md:9')).toContain('Error: thrown');
  expect(findings.get('a.md:9')).toContain('a.md:11');
  expect(findings.get('a.md:13')).toContain('late');
  expect(findings.get('a.md:17')).toContain('exit code 3');
  expect(findings.get('a.md:20')).toContain('ended (exit code 3) before this program did');
});

test('programs of a page share a folder, and a server that is left open holds nobody up', async () => {
  const write = `import { writeFileSync } from 'node:fs';\nwriteFileSync('x', '');`;
  const read = `import { existsSync } from 'node:fs';\nif (!existsSync('x')) throw new Error('no x');`;
  const serve = `import { createServer } from 'node:http';\ncreateServer().listen(0);`;
  const { blocks } = parsePage('a.md', [write, read, serve].map((code) => fence(code)).join(''));
  const others = parsePage('b/a.md', fence(read)).blocks;
  const findings = await tryPrograms([...blocks, ...others]);
  expect([...findings.keys()]).toEqual(['b/a.md:1']);
  expect(findings.get('b/a.md:1')).toContain('no x');
});
