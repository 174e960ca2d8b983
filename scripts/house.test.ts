import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readPage, reasonNotToRun } from './docs/markdown.ts';
import { rows } from './rows.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const rooms = ['packages', 'apps'].flatMap((place) =>
  readdirSync(join(root, place), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ place, name, row: rows.findIndex((row) => row.includes(name)) })),
);

function text(...path: string[]) {
  return readFileSync(join(root, ...path), 'utf8');
}

test('the table in README.md has every package and app in its row', () => {
  const table = text('README.md').matchAll(/^\| (\d+) \| \[`(\w+)`\]\((\w+)\/\w+\/README\.md\)/gm);
  const listed = [...table].map(([, row, name, place]) => ({ place, name, row: Number(row) }));
  expect(byName(listed)).toEqual(byName(rooms));
});

test('the README of every package has a program, which is run with all others', () => {
  const silent = rooms
    .filter(({ place }) => place === 'packages')
    .map(({ name }) => readPage(root, `packages/${name}/README.md`))
    .filter(({ blocks }) => blocks.every((block) => reasonNotToRun(block) !== undefined));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test('the engine calls itself by the version of its package', () => {
  const { version } = JSON.parse(text('packages', 'tensor', 'package.json'));
  expect(text('packages', 'tensor', 'src', 'core', 'engine.ts')).toContain(`version: '${version}'`);
});

test('a package depends only on lower rows', () => {
  const edges = rooms.flatMap(({ place, name, row }) => {
    const { dependencies = {} } = JSON.parse(text(place, name, 'package.json'));
    const lower = rows.slice(0, row).flat();
    return Object.keys(dependencies)
      .filter((dependency) => dependency.startsWith('@unroll/'))
      .map((dependency) => ({ name, dependency, ok: lower.includes(dependency.slice(8)) }));
  });
  expect(edges.filter(({ ok }) => !ok)).toEqual([]);
  expect(edges.length).toBeGreaterThan(10);
});

test('every version is written in the catalog', () => {
  const manifests = [
    ['package.json'],
    ...rooms.map(({ place, name }) => [place, name, 'package.json']),
  ];
  const versions = manifests.flatMap((path) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(text(...path));
    return Object.values({ ...dependencies, ...devDependencies });
  });
  expect(versions.filter((version) => version !== 'catalog:' && version !== 'workspace:*')).toEqual(
    [],
  );
});

function byName<T extends { name: string }>(list: T[]): T[] {
  return list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
