import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root, toolEnvironment } from './setup/paths.mjs';

const execute = promisify(execFile);
let copy = '';

/** Runs a program in the copy of this repository. */
async function run(program: string, ...words: string[]): Promise<string> {
  const env = {
    ...toolEnvironment(),
    ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'someone/unroll' },
  };
  return (await execute(program, words, { cwd: copy, env, maxBuffer: 2 ** 26 })).stdout;
}

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'unroll-release-'));
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await execute('git', words, { cwd: root, maxBuffer: 2 ** 26 });
  const wanted = [
    /^(\.changeset|scripts)\//,
    /^(package\.json|pnpm-workspace\.yaml|\.gitignore)$/,
    /^(packages|apps)\/[\w-]+\/(package\.json|README\.md)$/,
    /^packages\/tensor\/src\/core\/engine\.ts$/,
  ];
  const paths = stdout.split('\0').filter((path) => wanted.some((one) => one.test(path)));
  for (const path of paths) await cp(join(root, path), join(copy, path));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
  await run('git', 'init', '--quiet');
  await run('git', 'add', '.');
  await run('git', ...author, 'commit', '--quiet', '--message', 'All');
}, 60_000);
afterAll(() => rm(copy, { recursive: true, force: true }));

async function published(): Promise<{ folder: string; manifest: Record<string, unknown> }[]> {
  const names = await readdir(join(copy, 'packages'));
  const all = names.map(async (name) => {
    const folder = join(copy, 'packages', name);
    return { folder, manifest: JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) };
  });
  return (await Promise.all(all)).filter(({ manifest }) => !manifest.private);
}

test('a release takes up all changesets and brings every package to one version', async () => {
  const notes = (await readdir(join(copy, '.changeset'))).filter((name) => name.endsWith('.md'));
  expect(notes.length).toBeGreaterThan(0);
  await run(process.execPath, join(changesets, 'bin.js'), 'version');
  await run(process.execPath, 'scripts/stamp-version.ts');
  const packages = await published();
  const versions = new Set(packages.map(({ manifest }) => manifest.version));
  expect([...versions]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  expect([...versions]).not.toEqual(['0.0.0']);
  const engine = await readFile(join(copy, 'packages/tensor/src/core/engine.ts'), 'utf8');
  expect(engine).toContain(`version: '${[...versions][0]}'`);
  const left = (await readdir(join(copy, '.changeset'))).filter((name) => name.endsWith('.md'));
  expect(left).toEqual([]);
  const changes = await readFile(join(copy, 'packages/tensor/CHANGELOG.md'), 'utf8');
  expect(changes).toContain(`## ${[...versions][0]}`);
}, 120_000);
const changesets = join(root, 'node_modules', '@changesets', 'cli');

test('every published package says where it was built, as npm wants of a provenance', async () => {
  await run(process.execPath, 'scripts/stamp-repository.ts');
  for (const { folder, manifest } of await published()) {
    const directory = folder.slice(copy.length + 1).replaceAll('\\', '/');
    const url = 'git+https://github.com/someone/unroll.git';
    expect(manifest.repository).toEqual({ type: 'git', url, directory });
    expect(manifest).toMatchObject({ license: 'MIT', engines: { node: '>=22' }, files: ['dist'] });
    expect(manifest.description).toMatch(/\.$/);
    expect(manifest.keywords).toContain('typescript');
    const readme = await readFile(join(folder, 'README.md'), 'utf8');
    expect(readme, dirname(folder)).toMatch(/^```ts$/m);
    expect(readme).toMatch(new RegExp(`^npm install (.* )?${manifest.name}( |$)`, 'm'));
  }
});
