import { type Backend, OptionError } from '@unroll/backend';
import {
  checkFolderOf,
  commandOf,
  type Lines,
  programOf,
  runProgram,
  writeResult,
} from '@unroll/cli';
import { TokenizerError } from '@unroll/tokenizers';
import { type Command, Option as Flag } from 'commander';
import { common, everyTask } from './common.ts';
import { computing } from './compute.ts';
import { environment } from './environment.ts';
import type { Option, Options } from './option.ts';
import type { Task } from './task.ts';

/** The world outside a run: where lines go, and how it is told to stop. */
export interface Outside extends Lines {
  readonly signal: AbortSignal;
  readonly terminal: boolean;
  /** Has a person type a line; undefined when there is no more. Default: nobody does. */
  ask?(question: string): Promise<string | undefined>;
  /** The GPU; default: that of `@unroll/gpu`. */
  gpu?(): Promise<Backend>;
}

/**
 * Runs `pnpm task …`. `words` are the words after `pnpm task`; the answer is the exit code: 0, 1 after one clear line
 * on the error stream, 130 when the signal stopped the run.
 */
export async function commandLine(
  tasks: readonly Task[],
  words: readonly string[],
  outside: Outside,
): Promise<number> {
  const about = { name: 'pnpm task', description: 'Runs one of the sample tasks.', what: 'task' };
  const program = programOf(about, outside);
  for (const task of tasks) addTask(program, task, outside);
  const isTold = (error: Error) => error instanceof TokenizerError;
  return runProgram(program, words, outside, { signal: outside.signal, isTold });
}

function addTask(program: Command, task: Task, outside: Outside): void {
  const command = commandOf(program, task);
  const mine: Options = { ...task.options, ...everyTask };
  for (const [name, option] of Object.entries(mine)) command.addOption(toFlag(name, option));
  const foreign = Object.entries(common).filter(([name]) => !(name in mine));
  for (const [name, option] of foreign) command.addOption(refusal(task, name, option));
  command.action(async (typed: Record<string, unknown>) => {
    await runTask(task, { ...fallbacks(mine), ...typed }, outside);
  });
}

async function runTask(
  task: Task,
  options: Record<string, unknown>,
  { out, signal, terminal, ask = async () => undefined, gpu }: Outside,
): Promise<void> {
  const say = (line: string) => out(`${line}\n`);
  const context = { options, signal, terminal, say, write: out, ask } as Context;
  const { json } = context.options;
  if (json !== undefined) await checkFolderOf('--json', json);
  await computing(context.options, { say, ...(gpu && { gpu }) }, () => runAndWrite(task, context));
}

type Context = Parameters<Task['run']>[0];

async function runAndWrite(task: Task, context: Context): Promise<void> {
  const {
    signal,
    say,
    options: { json },
  } = context;
  const result = await task.run(context);
  signal.throwIfAborted();
  if (json === undefined) return;
  if (result === undefined) {
    throw new OptionError(
      '--json',
      'there is no result to write when nothing is measured; leave it out',
    );
  }
  await writeResult(json, { name: task.name, ...result, environment: environment() });
  say(`result: ${json}`);
}

function fallbacks(options: Options): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { fallback }]) => [name, fallback]),
  );
}

function toFlag(name: string, option: Option<unknown>): Flag {
  const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const { value, summary } = option;
  if (value === undefined) return new Flag(long, summary);
  const brackets = value.startsWith('[') ? value : `<${value}>`;
  return new Flag(`${long} ${brackets}`, summary).argParser((typed: string) =>
    option.read(typed, long),
  );
}

/** Takes the option only to say that this task has none of that name. */
function refusal(task: Task, name: string, option: Option<unknown>): Flag {
  const refuse = (): never => {
    throw new OptionError(
      `--${name}`,
      `the task ${task.name} has no such option; see pnpm task ${task.name} --help`,
    );
  };
  const value = option.value === undefined ? '' : ' [value]';
  const flag = new Flag(`--${name}${value}`, option.summary).hideHelp();
  return flag.argParser(refuse).preset('');
}
