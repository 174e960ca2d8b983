import { join } from 'node:path';
import { OptionError } from '@unroll/backend';
import type { Pool } from '@unroll/cells';
import { common } from '../runner/common.ts';
import { choice, flag, size, text } from '../runner/option.ts';
import type { TaskContext } from '../runner/task.ts';
import {
  full,
  madeUpSettings,
  quick,
  quickMadeUpSettings,
  type Reader,
  type Settings,
} from './settings.ts';

const readers: Reader[] = ['recurrent', 'convolution', 'average'];
const pools: Pool[] = ['last', 'mean', 'max', 'mean-max'];

/** What `sentiment` takes besides the options of every task. */
export const options = {
  data: text(
    'PATH',
    'a .csv, .tsv or .jsonl (maybe .gz), or a folder with one for train and one for test',
  ),
  text: text(
    'COLUMN',
    'its column of texts (default text; a number where no line names the columns)',
  ),
  label: text('COLUMN', 'its column of classes (default label)'),
  download: flag('fetch the Large Movie Review Dataset (84 MB) and use it'),
  quick: common.quick,
  model: choice<Reader, undefined>(readers, 'what reads the words', undefined),
  cell: common.cell,
  pool: choice<Pool, undefined>(pools, 'which output speaks for the text', undefined),
  balance: flag('let rare classes weigh as much as common ones'),
  compare: common.compare,
  seeds: size('with --compare: seeds of each model (default 3)'),
  epochs: size('times to go through the training part'),
  embeddingSize: size('features of a word'),
  hiddenSize: size('units of each direction'),
  batchSize: size('texts learned together'),
  maxVocab: size('words of the vocabulary at most, with the unknown one'),
  minCount: size('times that a word must have been seen'),
  maxLength: size('last words of a text that are read'),
  madeUp: size('reviews to make up where there is no data'),
  out: text('DIR', 'the run’s folder (default runs/sentiment)'),
  resume: common.resume,
  try: common.try,
};

export type Context = TaskContext<typeof options>;
export type Given = Context['options'];

/** What a run was told; `--resume` goes by it. */
export interface Order {
  readonly settings: Settings;
  readonly seed: number;
  /** Where the reviews are; without, they are made up. */
  readonly data?: string;
  readonly text?: string;
  readonly label?: string;
}

const overrides = [
  ...(['model', 'cell', 'pool', 'balance', 'epochs', 'embeddingSize', 'hiddenSize'] as const),
  ...(['batchSize', 'maxVocab', 'minCount', 'maxLength', 'madeUp'] as const),
];

/** Options that decide what a run computes. */
export const settingNames = [...overrides, 'data', 'text', 'label', 'download', 'quick'] as const;

export function newOrder(given: Given, downloaded: string | undefined): Order {
  const data = downloaded ?? given.data;
  if (downloaded !== undefined && given.data !== undefined) {
    throw new OptionError('--download', 'fetches the data that are used; leave out --data');
  }
  if (given.download && (given.text ?? given.label) !== undefined) {
    throw new OptionError('--download', 'knows its columns; leave out --text and --label');
  }
  const reader = given.model ?? full.model;
  const idle = (['cell', 'pool'] as const).find((name) => given[name] !== undefined);
  if (reader !== 'recurrent' && idle && !given.compare) {
    throw new OptionError(`--${idle}`, `is of the recurrent model; ${reader} has none`);
  }
  const chosen = overrides.filter((name) => given[name] !== undefined && given[name] !== false);
  const own = given.quick ? quickMadeUpSettings : madeUpSettings;
  return {
    settings: {
      ...(given.quick ? quick : full),
      ...(data === undefined ? own : {}),
      ...Object.fromEntries(chosen.map((name) => [name, given[name]])),
    },
    seed: given.seed,
    ...(data === undefined ? {} : { data }),
    ...(given.text === undefined ? {} : { text: given.text }),
    ...(given.label === undefined ? {} : { label: given.label }),
  };
}

/** Where the parts of a run lie. */
export function runFolder(folder: string) {
  return {
    folder,
    order: join(folder, 'run.json'),
    checkpoint: join(folder, 'checkpoint'),
    model: join(folder, 'model'),
    embedding: join(folder, 'embedding.svg'),
    comparison: join(folder, 'comparison.svg'),
    result: join(folder, 'result.json'),
    report: join(folder, 'report.html'),
  };
}

export type RunFolder = ReturnType<typeof runFolder>;
