import { join } from 'node:path';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { packages } from '../site/pages.ts';
import { folders } from '../site/paths.ts';

const { repository, content } = folders;

const options: Partial<TypeDocOptions & PluginOptions> = {
  // Patterns, in which a backslash would escape what follows.
  entryPoints: packages.map((name) =>
    join(repository, 'packages', name, 'src', 'index.ts').replaceAll('\\', '/'),
  ),
  tsconfig: join(repository, 'tsconfig.json'),
  plugin: ['typedoc-plugin-markdown'],
  readme: 'none',
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  skipErrorChecking: true,
  disableSources: true,
  disableGit: true,
  out: join(content, 'reference'),
  router: 'module',
  entryFileName: 'index',
  useHTMLAnchors: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  sanitizeComments: true,
  useCodeBlocks: true,
  validation: false,
  logLevel: 'Error',
};

/** Writes a page with all exported names of each package. */
export async function writeReference(): Promise<void> {
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc could not read the packages');
  for (const module of project.children ?? []) module.name = module.name.replace(/\/src$/, '');
  await app.generateOutputs(project);
}
