import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export interface Size {
  /** Of the minified script, with what it fetches. */
  readonly bytes: number;
  /** The same, each file gzipped at the highest level. */
  readonly gzipBytes: number;
  /** Bytes in the minified script by the file that they come from. */
  readonly sources: Readonly<Record<string, number>>;
  readonly code: string;
}

/**
 * An entry file and all that it imports as one minified module for a page.
 *
 * @param conditions - how imports are resolved: `@unroll/source` for the sources; what is published without any
 */
export async function measure(
  { file, fetched = [] }: { readonly file: string; readonly fetched?: readonly string[] },
  conditions: readonly string[] = [],
): Promise<Size> {
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    metafile: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    conditions: [...conditions],
    external: ['node:*', 'koffi'],
    legalComments: 'none',
    logLevel: 'silent',
    outdir: 'out',
  });
  const files = [outputFiles[0].contents, ...(await Promise.all(fetched.map((x) => readFile(x))))];
  const [{ inputs }] = Object.values(metafile.outputs);
  return {
    bytes: sum(files.map((x) => x.length)),
    gzipBytes: sum(files.map((x) => gzipSync(x, { level: 9 }).length)),
    sources: Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, v.bytesInOutput])),
    code: outputFiles[0].text,
  };
}

/** Bytes by package and folder, `wasm/recurrence`, the largest first. */
export function byFolder(sources: Size['sources']): [folder: string, bytes: number][] {
  const totals = new Map<string, number>();
  for (const [path, bytes] of Object.entries(sources)) {
    const [, room, folder] = /packages\/(\w+)\/src\/(?:([\w-]+)\/)?/.exec(path) ?? [];
    if (room === undefined || bytes === 0) continue;
    const name = folder === undefined ? room : `${room}/${folder}`;
    totals.set(name, (totals.get(name) ?? 0) + bytes);
  }
  return [...totals].sort(([, a], [, b]) => b - a);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
