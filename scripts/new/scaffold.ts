import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../setup/paths.mjs';

/** A wish that cannot be fulfilled, in words for the person at the terminal. */
export class ScaffoldError extends Error {}

/** What makes something new: files that must not exist yet, and edits of files that do. */
export interface Scaffold {
  readonly files: Readonly<Record<string, string>>;
  readonly edits: Readonly<Record<string, (text: string) => string>>;
  /** Whether packages have to be linked afterwards. */
  readonly install: boolean;
  /** What to do now. */
  readonly next: string;
}

/** Writes a scaffold below a folder, all of it or nothing; gives the paths. */
export function write(folder: string, { files, edits }: Scaffold): string[] {
  const taken = Object.keys(files).find((path) => existsSync(join(folder, path)));
  if (taken) throw new ScaffoldError(`${taken} exists already. Choose another name.`);
  const edited = Object.entries(edits).map(([path, edit]): [string, string] => [
    path,
    edit(readFileSync(join(folder, path), 'utf8')),
  ]);
  const all = [...Object.entries(files), ...edited];
  for (const [path, text] of all) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return all.map(([path]) => path);
}

/** `peephole-lstm` as an identifier, `peepholeLstm`. */
export function camelCase(name: string): string {
  return requireKebabCase(name).replace(/-([a-z0-9])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
}

export function requireKebabCase(name: string): string {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return name;
  throw new ScaffoldError(`A name is written in kebab-case, like peephole-lstm; got '${name}'.`);
}

/** Adds a line to the imports or exports of a file; `tidy` puts it in its place. */
export function addLine(line: string): (text: string) => string {
  return (text) => `${line}\n${text}`;
}

/** Formats files and sorts their imports, as `pnpm fix` does. */
export function tidy(folder: string, paths: readonly string[]): void {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const args = [biome, 'check', '--write', ...paths];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new ScaffoldError(`The new files could not be formatted:\n${stderr}`);
}
