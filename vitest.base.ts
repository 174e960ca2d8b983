import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const conditions = ['@unroll/source', 'node', 'import', 'module', 'default'];

const rooms = ['packages', 'apps'].flatMap((row) =>
  readdirSync(`${root}${row}`).map((name) => `${row}/${name}`),
);

/** One project for each package and app, and one for the scripts, all in one run. */
export function tests(suffix: string, options: { exclude: string[]; testTimeout: number }) {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      passWithNoTests: true,
      projects: [...rooms, 'scripts'].map((folder) => ({
        extends: true as const,
        test: {
          name: folder.replace(/^\w+\//, ''),
          include: [`${folder}/**/*${suffix}`],
          exclude: ['**/node_modules/**', '**/dist/**', '**/.cache/**', ...options.exclude],
          testTimeout: options.testTimeout,
        },
      })),
    },
  });
}
