import { fileURLToPath } from 'node:url';
import { type Environment, environments, open } from '@unroll/gpu/testing';
import { found } from '@unroll/gpu/testing/everywhere';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Findings } from './bundle-page.ts';
import { esbuilt, type Files, tersed, vited } from './bundles.ts';

const page = fileURLToPath(new URL('./bundle-page.ts', import.meta.url));

/** What packages/gpu/README.md says is enough. */
const policy = "default-src 'self'; script-src 'self'";

const bundlers: Readonly<Record<string, (script: string) => Promise<Files>>> = {
  plain: (script) => esbuilt(script, false),
  esbuild: (script) => esbuilt(script, true),
  terser: tersed,
  vite: vited,
};
const minifiers = ['esbuild', 'terser', 'vite'];
const bundles: Record<string, Files> = {};

beforeAll(async () => {
  for (const [name, bundle] of Object.entries(bundlers)) bundles[name] = await bundle(page);
}, 180_000);

const bytes = (files: Files) => [...files.values()].reduce((sum, { length }) => sum + length, 0);

test('what the bundlers minify is much shorter', () => {
  for (const bundler of minifiers) {
    expect(bytes(bundles[bundler]), bundler).toBeLessThan(0.6 * bytes(bundles.plain));
  }
});

for (const mode of ['webgpu', 'webgl2'] as const) {
  const environment = environments.find(({ name }) => name === `chromium-${mode}`) as Environment;
  const { name, obstacle } = environment;
  describe.skipIf(obstacle !== undefined)(`${name} (${obstacle ?? policy})`, () => {
    test('a GPU program minified by esbuild, terser and vite trains to the bits of the plain one', async (context) => {
      const train = async (files: Files) =>
        found<Findings>(await open(files, mode, policy), environment, context);
      const plain = await train(bundles.plain);
      expect(plain).toMatchObject({ refused: [true, true] });
      expect(plain.words.length).toBe(8);
      expect(plain.dispatches).toBeGreaterThan(1000);
      for (const bundler of minifiers) {
        expect(await train(bundles[bundler]), bundler).toEqual(plain);
      }
      const ran = minifiers.length;
      console.log(`gpu-bundles ${name} adapter="${plain.adapter}" ran=${ran} failed=0`);
    }, 180_000);
  });
}
