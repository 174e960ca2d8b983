import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../../scripts/setup/paths.mjs';
import { run } from './run.ts';

/** What stands in a package.json. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly publishConfig?: { readonly exports: Readonly<Record<string, { default: string }>> };
  readonly [key: string]: unknown;
}

/** A package as it would be published. */
export interface Archive {
  readonly manifest: Manifest;
  /** What can be imported, `@unroll/models/node`, and the file of its source. */
  readonly entries: ReadonlyMap<string, string>;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly integrity: string;
}

/** Builds all packages and packs those that are published. */
export async function packAll(folder: string): Promise<Archive[]> {
  await run(root, process.execPath, join('scripts', 'turbo.ts'), 'build');
  const archives: Archive[] = [];
  for (const name of await readdir(join(root, 'packages'))) {
    const archive = await pack(join(root, 'packages', name), join(folder, name));
    if (archive) archives.push(archive);
  }
  return archives;
}

async function pack(source: string, destination: string): Promise<Archive | undefined> {
  const own: Manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  if (own.private || own.publishConfig === undefined) return undefined;
  await run(source, 'pnpm', 'pack', '--pack-destination', destination);
  const [file] = await readdir(destination);
  const content = new Uint8Array(await readFile(join(destination, file)));
  // As it is in the archive: with versions in place of `workspace:*`.
  const packed = await run(destination, 'tar', '-xzOf', file, 'package/package.json');
  return {
    manifest: JSON.parse(packed),
    entries: new Map(
      Object.entries(own.publishConfig.exports).map(([path, { default: built }]) => [
        path.replace('.', own.name),
        join(source, built.replace('/dist/', '/src/').replace(/js$/, 'ts')),
      ]),
    ),
    content,
    integrity: `sha512-${createHash('sha512').update(content).digest('base64')}`,
  };
}
