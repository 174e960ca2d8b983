import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../../../scripts/fixtures/', import.meta.url);

/** The first Python that can import these modules, or undefined. */
export function pythonWith(...modules: string[]): string | undefined {
  return ['/usr/bin/python3', 'python3'].find(
    (python) => spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0,
  );
}

/** Runs a script out of `scripts/fixtures`. */
export function runPython(python: string, script: string, ...args: string[]): void {
  const path = fileURLToPath(new URL(script, folder));
  const { status, stderr } = spawnSync(python, [path, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} ${args[0]}: ${stderr}`);
}
