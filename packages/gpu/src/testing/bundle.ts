import { type BuildOptions, build } from 'esbuild';

/**
 * A script and all that it imports as one module for a page, from the sources.
 *
 * @param options - what is otherwise than here; minified without any
 */
export async function bundled(
  script: string,
  options: Pick<BuildOptions, 'minify' | 'ignoreAnnotations' | 'logLevel'> = {},
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [script],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['@unroll/source'],
    external: ['node:*'],
    ...options,
  });
  return outputFiles[0].text;
}
