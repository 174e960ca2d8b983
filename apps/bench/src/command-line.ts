import { OptionError } from '@unroll/backend';
import {
  checkFolderOf,
  commandOf,
  type Lines,
  machine,
  programOf,
  type Result,
  readCount,
  readText,
  runProgram,
  writeResult,
} from '@unroll/cli';
import { writeFileAtomic } from '@unroll/safetensors/node';
import type { Command } from 'commander';
import { PeerError } from './measure/child.ts';
import { usualPace } from './measure/rounds.ts';
import { type BenchOptions, readAdapter, readNames } from './options.ts';
import { choosePeers } from './peers/choose.ts';
import type { Peer } from './peers/peer.ts';
import { markdownReport, terminalTable } from './report/tables.ts';
import type { Findings, Progress, Suite } from './suites/suite.ts';

/** The world outside: where lines go, and who can be measured. */
export interface Outside extends Lines {
  readonly peers: readonly Peer[];
  readonly progress: Progress;
}

/** Runs `pnpm bench …`; `words` are those after it. The answer is the exit code: 0, or 1 after one clear line. */
export async function commandLine(
  suites: readonly Suite[],
  words: readonly string[],
  outside: Outside,
): Promise<number> {
  const description = 'Measures us and others, side by side.';
  const program = programOf({ name: 'pnpm bench', description, what: 'suite' }, outside);
  for (const suite of suites) {
    addOptions(commandOf(program, suite)).action((options: BenchOptions) =>
      run(suite, options, outside, words),
    );
  }
  const isTold = (error: Error) => error instanceof PeerError;
  return runProgram(program, words, outside, { isTold });
}

function addOptions(command: Command): Command {
  return command
    .option(
      '--peers <NAMES>',
      'who else is measured, with commas; without: all that can',
      readNames,
    )
    .option('--python <PATH>', 'a Python that has PyTorch', text('--python', 'PATH'))
    .option('--threads <N>', 'threads of ours; default: the backend’s', count('--threads'))
    .option(
      '--adapter <KIND>',
      'of the GPU: software (default), the same on every machine, or hardware',
      readAdapter,
    )
    .option('--rounds <N>', 'turns of each', count('--rounds'), usualPace.rounds)
    .option('--only <TEXT>', 'only configurations whose name contains this', text('--only', 'TEXT'))
    .option('--json <FILE>', 'write name, metrics, config, environment', text('--json', 'FILE'))
    .option('--markdown <FILE>', 'write the tables for a page', text('--markdown', 'FILE'));
}

const count = (option: string) => (typed: string) => readCount(option, typed, { min: 1 });
const text = (option: string, value: string) => (typed: string) => readText(option, typed, value);

async function run(
  suite: Suite,
  options: BenchOptions,
  { peers, progress, out }: Outside,
  words: readonly string[],
): Promise<void> {
  const { peers: asked, threads = suite.threads, rounds, only, adapter, json, markdown } = options;
  for (const [option, path] of Object.entries({ '--json': json, '--markdown': markdown })) {
    if (path !== undefined) await checkFolderOf(option, path);
  }
  const choice = choosePeers(peers, suite, asked, { ...options, threads });
  const pace = { ...usualPace, rounds: rounds ?? usualPace.rounds };
  const findings = await suite.run({ choice, pace, only, adapter, progress });
  if (only !== undefined && Object.keys(findings.metrics).length === 0) {
    throw new OptionError('--only', `no configuration of ${suite.name} has "${only}" in its name`);
  }
  for (const table of findings.tables) out(`\n${terminalTable(table)}\n`);
  for (const note of findings.notes) out(`\n${note}`);
  out('\n');
  const environment = machine();
  if (json !== undefined) await writeResult(json, resultOf(suite, findings, environment));
  if (markdown !== undefined) {
    const command = `pnpm bench ${withoutFiles(words).join(' ')}`;
    await writeFileAtomic(markdown, markdownReport(command, findings, environment));
  }
}

function resultOf(
  { name }: Suite,
  { metrics, config, notes, peers }: Findings,
  environment: ReturnType<typeof machine>,
): Result {
  return {
    name,
    metrics,
    config: { ...config, notes },
    environment: { ...environment, peers },
  };
}

/** The words that decide what is measured: not where it is written, nor where this machine has its Python. */
function withoutFiles(words: readonly string[]): string[] {
  const files = /^--(json|markdown|python)(=|$)/;
  const isFile = (word: string | undefined) => files.test(word ?? '') && !word?.includes('=');
  return words.filter((word, i) => !files.test(word) && !isFile(words[i - 1]));
}
