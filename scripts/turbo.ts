import { join } from 'node:path';
import { root, toolEnvironment } from './setup/paths.mjs';
import { foreground } from './setup/run.mjs';

/** Turbo starts `pnpm` by name: this makes that name known where pnpm is not installed. */
const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo');
process.exitCode = await foreground(process.execPath, [turbo, 'run', ...process.argv.slice(2)], {
  cwd: root,
  env: toolEnvironment(),
});
