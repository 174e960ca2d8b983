import { spawnSync } from 'node:child_process';

const found = new Map<string, boolean>();

/** The given Python, or the first of `/usr/bin/python3` and `python3`, if it can import torch. */
export function findPython(given?: string): { file: string } | { missing: string } {
  const candidates = given === undefined ? ['/usr/bin/python3', 'python3'] : [given];
  const file = candidates.find(hasTorch);
  if (file !== undefined) return { file };
  const wanted = given === undefined ? 'neither /usr/bin/python3 nor python3' : `${given} cannot`;
  return {
    missing: `PyTorch is missing: ${wanted}${given === undefined ? ' can' : ''} import torch. Install it (Debian: python3-torch), or name a Python that has it with --python PATH`,
  };
}

function hasTorch(python: string): boolean {
  const known = found.get(python);
  if (known !== undefined) return known;
  const can = spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;
  found.set(python, can);
  return can;
}
