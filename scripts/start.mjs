import { join } from 'node:path';
import { SetupError, setUp } from './setup/index.mjs';
import { pinnedNode, root, toolEnvironment } from './setup/paths.mjs';
import { foreground } from './setup/run.mjs';

/** `npm start`: sets everything up, then trains the first model. */
try {
  await setUp();
  const main = join(root, 'apps', 'tasks', 'src', 'main.ts');
  const task = ['--conditions=@unroll/source', main, 'charlm', '--start'];
  const args = [...task, ...process.argv.slice(2)];
  process.exitCode = await foreground(pinnedNode, args, { cwd: root, env: toolEnvironment() });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
