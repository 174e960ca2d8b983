import { join } from 'node:path';
import { OptionError } from '@unroll/backend';
import type { History } from '@unroll/trainers';
import type { Options } from './option.ts';
import type { TaskContext } from './task.ts';

/**
 * A run's folder: `--resume DIR` and `--out` name it.
 *
 * @param name of the folder in `runs` that it has when nobody names one
 * @throws OptionError when both name one
 */
export function folderOf(
  { resume, out }: { readonly resume: string | boolean; readonly out: string | undefined },
  name: string,
): string {
  if (typeof resume === 'string') {
    if (out === undefined) return resume;
    throw new OptionError('--resume', 'names the run’s folder already; leave out --out');
  }
  return out ?? join('runs', name);
}

/**
 * A run that goes on keeps what it was told.
 *
 * @param given the options
 * @param names of those that decide what a run computes
 * @throws OptionError when something else is asked for now
 */
export function refuseChanges<Given>(given: Given, names: readonly (keyof Given & string)[]): void {
  const changed = names.filter((name) => given[name]);
  if (changed.length === 0) return;
  throw new OptionError(
    '--resume',
    `a run goes on with its own settings, or it would not be the same run; leave out ${changed.join(', ')}`,
    { changed },
  );
}

/**
 * Says of a run that Ctrl-C has stopped how it goes on.
 *
 * @throws the signal's reason, when it was stopped
 */
export function endIfStopped(
  { say, signal }: Pick<TaskContext<Options>, 'say' | 'signal'>,
  { step, stopped }: History,
  { task, folder }: { readonly task: string; readonly folder: string },
): void {
  if (stopped !== 'aborted') return;
  say(`stopped after step ${step} and saved`);
  say(`go on with npm run task ${task} -- --resume ${folder}`);
  signal.throwIfAborted();
}
