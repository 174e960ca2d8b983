import { type CellName, cells } from '@unroll/cells';
import { choice, count, flag, type Option, text } from './option.ts';

export const cellNames = Object.keys(cells) as CellName[];

/** `--resume` alone continues the task's last run, `--resume DIR` the one in that folder. */
function resumable(): Option<string | boolean> {
  return {
    value: '[DIR]',
    summary: 'continue a stopped run (the last one, or the one in DIR)',
    fallback: false,
    read: (typed) => typed,
  };
}

/** Options that every task takes; `--json` is the runner's own business. */
export const everyTask = {
  device: choice(
    ['cpu', 'gpu', 'auto'],
    'where to compute; auto times the first steps on both',
    'cpu',
  ),
  threads: count('N', 'threads to compute with (default: one for each core)', undefined, {
    min: 1,
  }),
  blas: flag('have large products computed by OpenBLAS (needs it, and the package koffi)'),
  seed: count('N', 'seed of every random draw', 1, { max: 2 ** 32 - 1 }),
  json: text('FILE', 'write the result to this file: name, metrics, config, environment'),
};

/**
 * Options that mean the same in every task that has them. A task lists those it takes; the others are known by name,
 * so that the answer to them is "not an option of this task" and not "unknown".
 */
export const common = {
  data: text('PATH', 'a file or folder to use in place of the data that comes with the task'),
  download: flag('fetch the real data first'),
  quick: flag('a short run: under 20 s, with --data at most three minutes'),
  model: text('NAME', 'which model to train'),
  cell: choice<CellName, undefined>(cellNames, 'which recurrent cell to use', undefined),
  resume: resumable(),
  compare: flag('train every model and print a table'),
  chat: flag('talk with the saved model'),
  try: { ...text('TEXT', 'run the saved model on this text'), read: (typed: string) => typed },
  sample: flag('let the saved model write'),
};
