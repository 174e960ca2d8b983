import type { Result } from '@unroll/cli';
import type { everyTask } from './common.ts';
import type { Options, Values } from './option.ts';

/** What a run found out: numbers under dotted names (`valid.natsPerChar`), and what it was run with. */
export type TaskResult = Pick<Result, 'metrics' | 'config'>;

/** What the runner hands to a task. */
export interface TaskContext<O extends Options> {
  readonly options: Values<O & typeof everyTask>;
  /** Aborted by Ctrl-C; a task that hears it saves what it has and throws `signal.reason`. */
  readonly signal: AbortSignal;
  /** Whether a person is watching (a terminal that can show a progress bar). */
  readonly terminal: boolean;
  /** Prints one line (or several). */
  say(line: string): void;
  /** Prints a piece of a line. */
  write(text: string): void;
  /** Has a person type a line; undefined when there is no more. */
  ask(question: string): Promise<string | undefined>;
}

/** One sample task. `run` gives a result, or nothing when it only showed a saved model (`--sample`, `--try`). */
export interface Task {
  readonly name: string;
  /** One line, for the list of tasks. */
  readonly summary: string;
  readonly options: Options;
  run(context: TaskContext<Options>): Promise<TaskResult | undefined>;
}

/**
 * Makes a task whose `run` knows the types of its own options.
 *
 * @example
 * defineTask({
 *   name: 'hello',
 *   summary: 'greets',
 *   options: { name: text('NAME', 'whom to greet') },
 *   async run({ options, say }) {
 *     say(`hello ${options.name ?? 'world'}`);
 *     return undefined;
 *   },
 * });
 */
export function defineTask<O extends Options>(task: {
  readonly name: string;
  readonly summary: string;
  readonly options: O;
  run(context: TaskContext<O>): Promise<TaskResult | undefined>;
}): Task {
  return task;
}
