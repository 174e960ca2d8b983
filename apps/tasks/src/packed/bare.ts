import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Project } from './project.ts';

/** The installed files of packages as a server of static files would have them, and the map of their names. */
export async function bareFiles(project: Project, scope: string) {
  const files = new Map<string, string>();
  const imports: Record<string, string> = {};
  // In the store of pnpm all of a scope lie side by side, also what others depend on.
  const store = project.path('node_modules', '.pnpm');
  for (const stored of await readdir(store)) {
    if (!stored.startsWith(`${scope}+`)) continue;
    const [folder] = stored.slice(scope.length + 1).split('@');
    const name = `${scope}/${folder}`;
    const home = join(store, stored, 'node_modules', scope, folder);
    const { exports } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
    imports[name] = `/${name}/${exports['.'].default.slice(2)}`;
    for (const [path, code] of await scripts(home, dirname(exports['.'].default))) {
      files.set(`/${name}/${path}`, code);
    }
  }
  return { files, importMap: JSON.stringify({ imports }) };
}

async function scripts(home: string, folder: string): Promise<[path: string, code: string][]> {
  const entries = await readdir(join(home, folder), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(
      async (path): Promise<[string, string]> => [
        relative(home, path).split(sep).join('/'),
        await readFile(path, 'utf8'),
      ],
    ),
  );
}
