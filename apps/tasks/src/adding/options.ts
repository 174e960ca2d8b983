import { OptionError } from '@unroll/backend';
import type { CellName } from '@unroll/cells';
import { cellNames, common } from '../runner/common.ts';
import { choice, size, text } from '../runner/option.ts';
import type { TaskContext } from '../runner/task.ts';
import type { Order } from './run-folder.ts';
import { type StudyName, studies } from './studies/index.ts';
import type { Study } from './studies/study.ts';

const studyNames = Object.keys(studies) as StudyName[];

/** What `adding` takes besides the options of every task. */
export const options = {
  study: choice<StudyName, undefined>(
    studyNames,
    'which table (default cells: the adding problem at 50, 100 and 200 steps)',
    undefined,
  ),
  quick: common.quick,
  cell: choice<CellName, undefined>(cellNames, 'this cell only', undefined),
  range: size('one length or distance instead of the study’s own'),
  steps: size('batches that each net learns from'),
  hiddenSize: size('units of each net'),
  batchSize: size('sequences in a batch'),
  out: text('DIR', 'the run’s folder (default runs/adding, or runs/adding-STUDY)'),
  resume: common.resume,
};

export type Context = TaskContext<typeof options>;
type Given = Context['options'];

/** What a run that goes on may not be told anew. */
export const fixedNames = [
  'study',
  'quick',
  'cell',
  'range',
  'steps',
  'hiddenSize',
  'batchSize',
] as const satisfies readonly (keyof Given)[];

/** The default folder of a study, in `runs`. */
export function folderName({ study = 'cells' }: Given): string {
  return study === 'cells' ? 'adding' : `adding-${study}`;
}

/**
 * A new study: its own trials, as far as they are asked for.
 *
 * @throws OptionError for a cell where the study has its own
 */
export function newOrder(given: Given): Order {
  const { study: name = 'cells', seed, cell, range, quick } = given;
  const study: Study = studies[name];
  if (cell !== undefined && !study.takesCell) {
    throw new OptionError('--cell', `the study ${name} compares nets of its own; leave it out`, {
      cell,
    });
  }
  const { steps: batches, hiddenSize, batchSize } = given;
  const settings = Object.fromEntries(
    Object.entries({ batches, hiddenSize, batchSize }).filter(([, value]) => value !== undefined),
  );
  const wishes = { quick, settings, ...(cell ? { cell } : {}), ...(range ? { range } : {}) };
  return { study: name, seed, trials: study.trials(wishes) };
}
