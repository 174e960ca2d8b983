import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { root } from '../setup/paths.mjs';
import { compile, problemsOf } from './compiler.ts';
import type { Block } from './markdown.ts';

/** What is wrong with each program, by the title of its block; a sound one has no entry. */
export type Findings = Map<string, string>;

/** What the child process says about one program. */
export interface Outcome {
  readonly file: string;
  readonly error?: string;
}

export function titleOf({ page, line }: Block): string {
  return `${page}:${line}`;
}

/**
 * Type-checks all programs at once and runs them one after another in one process, those of a page in
 * a folder of its own, which is empty at first: what one of them saves, the next may load. They can
 * import every package of the house.
 */
export async function tryPrograms(blocks: readonly Block[]): Promise<Findings> {
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'docs-'));
  try {
    linkPackages(folder);
    const titles = writePrograms(folder, blocks);
    const findings = typeErrors(titles);
    for (const { file, error } of await runPrograms(folder, [...titles.keys()])) {
      const title = titles.get(file);
      if (error !== undefined && title && !findings.has(title)) {
        findings.set(title, error.replaceAll(file, pageOf(title)));
      }
    }
    return findings;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Makes every package of the house importable by what lies in a folder. */
export function linkPackages(folder: string): void {
  const scope = join(folder, 'node_modules', '@unroll');
  mkdirSync(scope, { recursive: true });
  for (const name of readdirSync(join(root, 'packages'))) {
    symlinkSync(join(root, 'packages', name), join(scope, name), 'junction');
  }
}

/** Blank lines put every statement on the line that it has in its page. */
function writePrograms(folder: string, blocks: readonly Block[]): Map<string, string> {
  return new Map(
    blocks.map((block, index) => {
      const name = `${block.page.replaceAll('/', '-')}.${index}.ts`;
      const file = join(folder, name).replaceAll('\\', '/');
      writeFileSync(file, `${block.prelude ?? ''}${'\n'.repeat(block.line)}${block.code}\n`);
      return [file, titleOf(block)];
    }),
  );
}

function typeErrors(titles: ReadonlyMap<string, string>): Findings {
  const program = compile([...titles.keys()], new Map());
  const findings: Findings = new Map();
  for (const [file, title] of titles) {
    const wrong = problemsOf(program, file);
    if (wrong.length > 0) findings.set(title, wrong.map((one) => inWords(title, one)).join('\n'));
  }
  return findings;
}

function inWords(title: string, { file, start, messageText }: ts.Diagnostic): string {
  const line = file ? file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 0;
  return `${pageOf(title)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

function pageOf(title: string): string {
  return title.replace(/:\d+$/, '');
}

function runPrograms(folder: string, files: string[]): Promise<Outcome[]> {
  const runner = fileURLToPath(new URL('./runner.ts', import.meta.url));
  const execArgv = ['--conditions=@unroll/source'];
  const child = fork(runner, files, {
    cwd: folder,
    execArgv,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const outcomes: Outcome[] = [];
  let noise = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      noise = (noise + text).slice(-4000);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('message', (outcome: Outcome) => outcomes.push(outcome));
    child.on('error', reject);
    child.on('close', (code) => {
      const lost = files.filter((file) => outcomes.every((outcome) => outcome.file !== file));
      const error = `The process ended (exit code ${code}) before this program did.\n${noise}`;
      resolve([...outcomes, ...lost.map((file) => ({ file, error }))]);
    });
  });
}
