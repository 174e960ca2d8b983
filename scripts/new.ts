import { spawnSync } from 'node:child_process';
import { cellScaffold } from './new/cell.ts';
import { opScaffold } from './new/op.ts';
import { packageScaffold } from './new/package.ts';
import { ScaffoldError, tidy, write } from './new/scaffold.ts';
import { root, toolEnvironment } from './setup/paths.mjs';

/** `pnpm new cell|op|package <name>`: the files of something new, ready to be filled in. */
const usage = `Use one of
  pnpm new cell <name>                     a recurrent cell as equations, in packages/cells
  pnpm new op <name>                       an operation with its derivative, in packages/tensor
  pnpm new package <name> "<one sentence>" a package; give it a row in scripts/rows.ts first`;

try {
  const [kind, name, ...rest] = process.argv.slice(2);
  const scaffold = make(kind, name ?? '', rest.join(' '));
  const written = write(root, scaffold);
  tidy(root, written);
  for (const path of written) console.log(`wrote ${path}`);
  if (scaffold.install) install();
  console.log(scaffold.next);
} catch (error) {
  if (!(error instanceof ScaffoldError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function make(kind: string | undefined, name: string, sentence: string) {
  if (kind === 'cell') return cellScaffold(name);
  if (kind === 'op') return opScaffold(name);
  if (kind === 'package') return packageScaffold(name, sentence);
  throw new ScaffoldError(usage);
}

/** Links the new package to the others. */
function install() {
  const options = { cwd: root, env: toolEnvironment(), stdio: 'inherit', shell: true } as const;
  const { status } = spawnSync('pnpm install', options);
  if (status !== 0) throw new ScaffoldError('Now run `pnpm install`.');
}
