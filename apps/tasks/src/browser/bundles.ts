import { bundled } from '@unroll/gpu/testing/bundle';
import { minify } from 'terser';
import * as vite from 'vite';

/** The files of a page by their paths; `/page.js` comes first. */
export type Files = ReadonlyMap<string, string>;

/** A script and all that it imports in one file. */
export async function esbuilt(script: string, minify: boolean): Promise<Files> {
  return new Map([['/page.js', await bundled(script, { minify })]]);
}

/** What terser makes of a module. */
export async function tersed(script: string): Promise<Files> {
  const [[path, code]] = await esbuilt(script, false);
  const made = await minify(code, { module: true, ecma: 2020 });
  return new Map([[path, made.code as string]]);
}

/** A production build, as an application makes it. */
export async function vited(script: string): Promise<Files> {
  const made = await vite.build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@unroll/source', ...vite.defaultClientConditions] },
    build: {
      write: false,
      target: 'es2023',
      rolldownOptions: { input: script, output: { entryFileNames: 'page.js' } },
    },
  });
  if (!('output' in made)) throw new Error('vite gave no files');
  const chunks = made.output.filter((file) => file.type === 'chunk');
  return new Map(chunks.map(({ fileName, code }) => [`/${fileName}`, code]));
}
