import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as vite from 'vite';
import { webpack } from 'webpack';
import type { Project } from './project.ts';

/** Each makes a page's script, `/page.js`, and whatever belongs to it, out of a script of a project. */
export const bundlers: Readonly<
  Record<string, (project: Project, entry: string) => Promise<ReadonlyMap<string, string>>>
> = {
  async esbuild(project, entry) {
    const { outputFiles } = await build({
      entryPoints: [project.path(entry)],
      absWorkingDir: project.folder,
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      external: ['node:*'],
      outfile: project.path('out', 'page.js'),
    });
    return new Map([['/page.js', outputFiles[0].text]]);
  },

  async vite(project, entry) {
    const made = await vite.build({
      root: project.folder,
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        rolldownOptions: {
          input: project.path(entry),
          output: { entryFileNames: 'page.js' },
        },
      },
    });
    if (!('output' in made)) throw new Error('vite gave no files');
    const chunks = made.output.filter((file) => file.type === 'chunk');
    return new Map(chunks.map(({ fileName, code }) => [`/${fileName}`, code]));
  },

  webpack: (project, entry) =>
    new Promise((resolve, reject) => {
      const folder = project.path('webpack');
      webpack(
        {
          mode: 'production',
          // How large a page may be is its author's affair.
          performance: { hints: false },
          context: project.folder,
          entry: project.path(entry),
          output: { path: folder, filename: 'page.js', publicPath: '/' },
        },
        (error, stats) => {
          if (error || !stats || stats.hasErrors() || stats.hasWarnings()) {
            reject(error ?? new Error(stats?.toString('errors-warnings')));
            return;
          }
          const { assets = [] } = stats.toJson({ assets: true });
          const names = assets.map(({ name }) => name).filter((name) => name.endsWith('.js'));
          Promise.all(
            names.map(
              async (name) => [`/${name}`, await readFile(join(folder, name), 'utf8')] as const,
            ),
          ).then((files) => resolve(new Map(files)), reject);
        },
      );
    }),
};
