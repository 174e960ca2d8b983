import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

/** An empty folder into which packages are installed, each reachable only by those that depend on it. */
export class Project {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes the folder and installs packages by name; those of our scope from a registry of their own. */
  static async install(
    folder: string,
    registry: string,
    names: readonly string[],
  ): Promise<Project> {
    await mkdir(folder, { recursive: true });
    const project = new Project(folder);
    await project.write({
      '.npmrc': `@unroll:registry=${registry}\n`,
      // None of ours needs what an install script would do; pnpm takes it for an error that one was not run.
      'pnpm-workspace.yaml': 'strictDepBuilds: false\n',
      'package.json': '{ "name": "stranger", "private": true, "type": "module" }\n',
    });
    await run(folder, 'pnpm', 'add', '--prefer-offline', ...names);
    return project;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) await writeFile(this.path(name), content);
  }

  /** What a script prints, as JSON. */
  async node(file: string): Promise<unknown> {
    return JSON.parse(await run(this.folder, process.execPath, file));
  }
}
