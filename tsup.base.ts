import { defineConfig } from 'tsup';

/** How every published package is built: ES modules with declarations, for Node and browsers alike. */
export function library(entry: string[]) {
  return defineConfig({
    entry: Object.fromEntries(entry.map((file) => [file.replace(/^src\/|\.ts$/g, ''), file])),
    format: ['esm'],
    target: 'es2023',
    platform: 'neutral',
    external: [/^node:/],
    dts: true,
    clean: true,
    sourcemap: true,
    treeshake: true,
    silent: true,
  });
}
