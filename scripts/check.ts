import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { findViolations } from './rows.ts';
import { root, toolEnvironment } from './setup/paths.mjs';

/** `pnpm check`: everything that is wrong without running the code, quickest first. */
interface Part {
  readonly name: string;
  /** What to do when this part fails. */
  readonly advice: string;
  /** Resolves to what is wrong, or to nothing. */
  run(): Promise<string>;
}

const parts: Part[] = [
  {
    name: 'import rows and cycles',
    advice: 'The rows are listed in scripts/rows.ts and in README.md.',
    run: async () => (await findViolations(root)).join('\n'),
  },
  {
    name: 'lint and format',
    advice: '`pnpm fix` repairs what can be repaired by itself.',
    run: () => tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  },
  {
    name: 'types',
    advice: 'One `tsc` run covers all packages, apps and scripts.',
    run: () => tool('typescript/bin/tsc', '--pretty', String(process.stdout.isTTY === true)),
  },
  {
    name: 'dead code',
    advice: 'Delete what nobody uses, or stop exporting it; unused dependencies go as well.',
    run: () => tool('knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors'),
  },
  {
    name: 'package shape',
    advice: 'A published package is built, packed and inspected by scripts/shape.ts.',
    run: () =>
      tool('turbo/bin/turbo', 'run', 'shape', '--output-logs=errors-only', '--no-update-notifier'),
  },
  {
    name: 'sizes',
    advice: '`pnpm size --parts` says what the bundles are made of.',
    run: () => node('--conditions=@unroll/source', 'apps/bench/src/size.ts', '--ours'),
  },
];

for (const part of parts) {
  const start = performance.now();
  const problems = await part.run();
  const seconds = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const mark = problems ? styleText('red', '✗') : styleText('green', '✓');
  console.log(`${mark} ${part.name.padEnd(24)} ${seconds.padStart(6)}`);
  if (!problems) continue;
  console.error(`\n${problems.trimEnd()}\n\n${part.advice}`);
  process.exitCode = 1;
  break;
}

/** Runs an installed tool by its script; resolves to its output if it fails and to nothing if not. */
function tool(script: string, ...args: string[]): Promise<string> {
  return node(join(root, 'node_modules', ...script.split('/')), ...args);
}

/** Runs Node with these words, as {@link tool} does. */
function node(...args: string[]): Promise<string> {
  const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...toolEnvironment(), ...color },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code === 0 ? '' : output || `${args.join(' ')} ended with exit code ${code}.`);
    });
  });
}
