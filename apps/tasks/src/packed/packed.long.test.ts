import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browser, noBrowser, visit } from '@unroll/backend/testing/browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../../../scripts/setup/paths.mjs';
import { type Archive, packAll } from './archives.ts';
import { bareFiles } from './bare.ts';
import { bundlers } from './bundlers.ts';
import * as programs from './programs.ts';
import { Project } from './project.ts';
import { type Registry, serve } from './registry.ts';
import { run } from './run.ts';

const minutes = 60_000;

/** Sets that the README names for a purpose. */
const sets: Readonly<Record<string, readonly string[]>> = {
  'a loop of one’s own': programs.packages,
  'a trainer, from a text file to a saved model': ['trainers', 'models', 'datasets', 'tokenizers'],
  'a saved model in use': ['models', 'decoding'],
  'pictures of a net': ['inspect', 'attention'],
  'other people’s weights': ['interop', 'safetensors'],
};

let folder = '';
let archives: Archive[] = [];
let registry: Registry;
let stranger: Project;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'unroll-packed-')));
  archives = await packAll(join(folder, 'archives'));
  registry = await serve(archives);
  stranger = await install('stranger', programs.packages);
  await stranger.write({
    'train.js': programs.trainModule,
    'importing.js': programs.importing,
    'requiring.cjs': programs.requiring,
    'page.js': programs.page,
    'worker.js': programs.worker,
  });
}, 10 * minutes);

afterAll(async () => {
  registry?.close();
  await rm(folder, { recursive: true, force: true });
});

const install = (name: string, names: readonly string[]) =>
  Project.install(join(folder, name.replaceAll(/\W+/g, '-')), registry.url, names);

/** Types of all entries, as each of the two ways of resolving finds them. */
async function checkTypes(project: Project, files: readonly string[]): Promise<void> {
  const ways = { node16: 'node16', bundler: 'esnext' };
  for (const [moduleResolution, module] of Object.entries(ways)) {
    const compilerOptions = {
      ...{ module, moduleResolution, target: 'es2023', lib: ['es2023', 'dom'], types: [] },
      ...{ strict: true, noEmit: true, skipLibCheck: true },
    };
    const name = `tsconfig.${moduleResolution}.json`;
    await project.write({ [name]: JSON.stringify({ compilerOptions, files }) });
    await run(project.folder, process.execPath, tsc, '--project', name);
  }
}
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** Imports and requires every entry of packages; what comes of it are the names that they export. */
async function exportedNames(project: Project, entries: readonly string[]) {
  const json = JSON.stringify(entries);
  await project.write({
    'imports.js': `const names = {};
for (const entry of ${json}) names[entry] = Object.keys(await import(entry)).sort();
console.log(JSON.stringify(names));\n`,
    'requires.cjs': `const names = {};
for (const entry of ${json}) names[entry] = Object.keys(require(entry)).sort();
console.log(JSON.stringify(names));\n`,
    'types.ts': entries
      .map((entry, i) => `import * as all${i} from '${entry}';\nexport const x${i} = all${i};\n`)
      .join(''),
  });
  await checkTypes(project, ['types.ts']);
  return {
    imported: await project.node('imports.js'),
    required: await project.node('requires.cjs'),
  };
}

/** The same from the sources. */
async function namesInSources(entries: readonly string[]): Promise<Record<string, string[]>> {
  const sources = new Map(archives.flatMap((archive) => [...archive.entries]));
  const pairs = entries.map(async (entry) => {
    const exported = await import(sources.get(entry) as string);
    return [entry, Object.keys(exported).sort()];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

test('every package that is not private is packed', () => {
  const names = archives.map(({ manifest }) => manifest.name.replace('@unroll/', ''));
  expect(names).toEqual(
    expect.arrayContaining(['attention', 'backend', 'cells', 'datasets', 'decoding', 'gpu']),
  );
  expect(names).not.toContain('cli');
  for (const { manifest } of archives) {
    expect(JSON.stringify(manifest.dependencies ?? {})).not.toMatch(/workspace:|catalog:/);
  }
});

test(
  'each package, installed alone, gives all that its source exports, imported and required',
  async () => {
    for (const { manifest, entries } of archives) {
      const project = await install(`alone ${manifest.name}`, [manifest.name]);
      // Helpers of tests want vitest’s own.
      const own = [...entries.keys()].filter(
        (entry) => !entry.endsWith('/testing') && !entry.endsWith('/worker'),
      );
      const { imported, required } = await exportedNames(project, own);
      const expected = await namesInSources(own);
      expect(imported).toEqual(expected);
      expect(required).toEqual(expected);
    }
  },
  20 * minutes,
);

test.each(Object.entries(sets))(
  '%s is installed together',
  async (name, short) => {
    const names = short.map((one) => (one.startsWith('@') ? one : `@unroll/${one}`));
    const project = await install(name, names);
    const { imported } = await exportedNames(project, names);
    expect(imported).toEqual(await namesInSources(names));
  },
  5 * minutes,
);

/** The training falls, and everywhere to the same loss. */
let expected: { first: number; last: number };
function expectTrained(found: unknown) {
  const { first, last } = found as typeof expected;
  expect(found).not.toHaveProperty('error');
  expect(first).toBeCloseTo(expected.first, 5);
  expect(last).toBeCloseTo(expected.last, 3);
}

describe('a small training', () => {
  beforeAll(async () => {
    expected = (await stranger.node('importing.js')) as typeof expected;
  });

  test('falls', () => {
    expect(expected.first).toBeGreaterThan(0.5);
    expect(expected.last).toBeLessThan(expected.first / 3);
  });

  test('runs through require()', async () => {
    expectTrained(await stranger.node('requiring.cjs'));
  });

  test(
    'has the types that it says, with node16 and bundler resolution',
    async () => {
      await stranger.write({ 'typed.ts': programs.typed });
      await checkTypes(stranger, ['typed.ts']);
    },
    2 * minutes,
  );

  describe.skipIf(browser === undefined)(`in a page (${noBrowser ?? 'of a browser'})`, () => {
    const open = (scripts: ReadonlyMap<string, string>, head?: string) =>
      visit(browser as string, { scripts, headers: {}, head });

    test.each(Object.entries(bundlers))(
      'runs out of %s',
      async (_, bundle) => {
        expectTrained(await open(await bundle(stranger, 'page.js')));
      },
      2 * minutes,
    );

    test(
      'runs from static files with a map of imports',
      async () => {
        const { files, importMap } = await bareFiles(stranger, '@unroll');
        files.set('/page.js', programs.page).set('/train.js', programs.trainModule);
        const head = `<script type="importmap">${importMap}</script>`;
        expectTrained(await open(files, head));
      },
      2 * minutes,
    );

    test(
      'runs in a worker',
      async () => {
        const bundled = await bundlers.esbuild(stranger, 'worker.js');
        const scripts = new Map([['/page.js', programs.workerPage]]);
        scripts.set('/worker.js', bundled.get('/page.js') as string);
        expectTrained(await open(scripts));
      },
      2 * minutes,
    );
  });
});
