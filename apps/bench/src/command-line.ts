import { UnrollError } from '@unroll/backend';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { Command, CommanderError } from 'commander';
import { PeerError } from './measure/child.ts';
import { usualPace } from './measure/rounds.ts';
import { type BenchOptions, readCount, readNames, readText } from './options.ts';
import { choosePeers } from './peers/choose.ts';
import type { Peer } from './peers/peer.ts';
import { environment } from './report/environment.ts';
import { checkFolderOf, writeJson } from './report/files.ts';
import { markdownReport, terminalTable } from './report/tables.ts';
import type { Progress, Suite } from './suites/suite.ts';

/** The world outside: where lines go, and who can be measured. */
export interface Outside {
  readonly peers: readonly Peer[];
  readonly progress: Progress;
  out(text: string): void;
  err(text: string): void;
}

/** Runs `pnpm bench …`; `words` are those after it. The answer is the exit code: 0, or 1 after one clear line. */
export async function commandLine(
  suites: readonly Suite[],
  words: readonly string[],
  outside: Outside,
): Promise<number> {
  const program = programOf(suites, outside, words);
  try {
    if (words.length === 0) outside.out(program.helpInformation());
    else await program.parseAsync([...words], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    outside.err(`${sayError(error)}\n`);
    return 1;
  }
}

function programOf(suites: readonly Suite[], outside: Outside, words: readonly string[]): Command {
  const program = new Command('pnpm bench')
    .description('Measures us and others, side by side.')
    .usage('<suite> [options]')
    .helpOption('--help', 'show this list, or the options of a suite')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: outside.out,
      writeErr: outside.err,
      outputError: (text, write) => write(`${oneLine(text)}\n`),
    })
    .configureHelp({ subcommandTerm: (command) => command.name() });
  for (const suite of suites) {
    const command = program
      .command(suite.name)
      .description(suite.summary)
      .usage('[options]')
      .helpOption('--help', 'show these options')
      .allowExcessArguments(false);
    addOptions(command).action((options: BenchOptions) => run(suite, options, outside, words));
  }
  return program;
}

function addOptions(command: Command): Command {
  return command
    .option(
      '--peers <NAMES>',
      'who else is measured, with commas; without: all that can',
      readNames,
    )
    .option('--python <PATH>', 'a Python that has PyTorch', readText('--python'))
    .option('--threads <N>', 'threads of ours; default: the backend’s', readCount('--threads'))
    .option('--rounds <N>', 'turns of each', readCount('--rounds'), usualPace.rounds)
    .option('--only <TEXT>', 'only configurations whose name contains this', readText('--only'))
    .option('--json <FILE>', 'write name, metrics, config, environment', readText('--json'))
    .option('--markdown <FILE>', 'write the tables for a page', readText('--markdown'));
}

async function run(
  suite: Suite,
  { peers: asked, python, threads = suite.threads, rounds, only, json, markdown }: BenchOptions,
  { peers, progress, out }: Outside,
  words: readonly string[],
): Promise<void> {
  for (const [option, path] of Object.entries({ '--json': json, '--markdown': markdown })) {
    if (path !== undefined) await checkFolderOf(option, path);
  }
  const choice = choosePeers(peers, suite.kinds, asked, { python, threads });
  const pace = { ...usualPace, rounds: rounds ?? usualPace.rounds };
  const findings = await suite.run({ choice, pace, only, progress });
  for (const table of findings.tables) out(`\n${terminalTable(table)}\n`);
  for (const note of findings.notes) out(`\n${note}`);
  out('\n');
  const machine = environment();
  if (json !== undefined) await writeJson(json, suite.name, findings, machine);
  if (markdown !== undefined) {
    const command = `pnpm bench ${withoutFiles(words).join(' ')}`;
    await writeFileAtomic(markdown, markdownReport(command, findings, machine));
  }
}

/** The words that decide what is measured: not where it is written, nor where this machine has its Python. */
function withoutFiles(words: readonly string[]): string[] {
  const files = /^--(json|markdown|python)(=|$)/;
  const isFile = (word: string | undefined) => files.test(word ?? '') && !word?.includes('=');
  return words.filter((word, i) => !files.test(word) && !isFile(words[i - 1]));
}

function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
}

/** One line for an error that says what to do; the whole trace for a fault of our own. */
function sayError(error: unknown): string {
  if (error instanceof UnrollError || error instanceof PeerError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
