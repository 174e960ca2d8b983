import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Plain JavaScript without dependencies: it must run on a machine that has only Node 20 and npm. */
const windows = process.platform === 'win32';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const cache = join(root, '.cache');
export const pnpmHome = join(cache, 'pnpm');
export const pnpmEntry = join(pnpmHome, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');
export const shims = join(cache, 'bin');
export const setupLog = join(cache, 'setup.log');
export const stampFile = join(root, 'node_modules', '.cache', 'unroll', 'setup-stamp');
export const pinnedNode = join(
  ...[root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node'],
);
export const vitestEntry = join(root, 'node_modules', 'vitest', 'vitest.mjs');

const delimiter = windows ? ';' : ':';

/** The environment in which `node` is the pinned one and `pnpm` and every installed tool are found. */
export function toolEnvironment() {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const bins = [join(root, 'node_modules', '.bin'), shims];
  return {
    ...process.env,
    [key]: [...bins, process.env[key] ?? ''].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
  };
}
