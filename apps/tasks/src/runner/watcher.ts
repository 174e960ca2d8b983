import type { Callback, RunView, ValidRecord } from '@unroll/trainers';
import { progressBar } from '@unroll/trainers/node';
import type { Options } from './option.ts';
import type { TaskContext } from './task.ts';

/** A bar on a terminal; elsewhere one line for each validation. */
export function watcher(
  { terminal, say }: Pick<TaskContext<Options>, 'terminal' | 'say'>,
  words: (record: ValidRecord, run: RunView) => string,
): Callback {
  if (terminal) return progressBar();
  return { onValidate: (record, run) => say(words(record, run)) };
}
