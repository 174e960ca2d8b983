import { Command, CommanderError } from 'commander';
import { sayError } from './say-error.ts';

/** Where a program's lines go. */
export interface Lines {
  out(text: string): void;
  err(text: string): void;
}

export interface About {
  /** As it is typed: `pnpm task`. */
  readonly name: string;
  readonly description: string;
  /** What its first word names: `task`. */
  readonly what: string;
}

export interface RunOptions {
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Errors, besides those of our packages and the system, that are told by their message alone. */
  isTold?(error: Error): boolean;
}

/** What a shell expects of a program that Ctrl-C has ended. */
const interrupted = 130;

/** A program of several commands, each named by the first word. */
export function programOf({ name, description, what }: About, { out, err }: Lines): Command {
  return new Command(name)
    .description(description)
    .usage(`<${what}> [options]`)
    .helpOption('--help', `show this list, or the options of one ${what}`)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: err,
      outputError: (words, write) => write(`${oneLine(words)}\n`),
    })
    .configureHelp({ subcommandTerm: (command) => command.name() });
}

/** Adds a command, which takes options and nothing else. */
export function commandOf(
  program: Command,
  { name, summary }: { readonly name: string; readonly summary: string },
): Command {
  return program
    .command(name)
    .description(summary)
    .usage('[options]')
    .helpOption('--help', 'show these options')
    .allowExcessArguments(false);
}

/**
 * Runs the command that `words` name; without words the list of commands is shown. The answer is the exit code: 0, 1 after
 * one clear line, 130 when the signal stopped it.
 */
export async function runProgram(
  program: Command,
  words: readonly string[],
  { out, err }: Lines,
  { signal, isTold }: RunOptions = {},
): Promise<number> {
  try {
    if (words.length === 0) out(program.helpInformation());
    else await program.parseAsync([...words], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    err(`${signal?.aborted ? 'stopped' : sayError(error, isTold)}\n`);
    return signal?.aborted ? interrupted : 1;
  }
}

function oneLine(words: string): string {
  return words
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
}
