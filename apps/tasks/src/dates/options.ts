import { join } from 'node:path';
import type { AttentionScore } from '@unroll/attention';
import { OptionError } from '@unroll/backend';
import { common } from '../runner/common.ts';
import { choice, size, text } from '../runner/option.ts';
import type { TaskContext } from '../runner/task.ts';
import { full, type ModelKind, quick, type Settings } from './settings.ts';

const scores: AttentionScore[] = ['additive', 'general'];

/** What `dates` takes besides the options of every task. */
export const options = {
  quick: common.quick,
  model: choice<ModelKind, undefined>(['attention', 'plain'], common.model.summary, undefined),
  cell: common.cell,
  score: choice<AttentionScore, undefined>(
    scores,
    'how the decoder compares state and memory',
    undefined,
  ),
  compare: common.compare,
  steps: size('training steps'),
  hiddenSize: size('units of the decoder, and of each direction of the encoder'),
  batchSize: size('dates learned together'),
  every: size('steps between two validations, each with a checkpoint'),
  out: text('DIR', 'the run’s folder (default runs/dates)'),
  resume: common.resume,
  try: common.try,
};

export type Context = TaskContext<typeof options>;
export type Given = Context['options'];

/** What a run was told; `--resume` goes by it. */
export interface Order {
  readonly settings: Settings;
  readonly seed: number;
}

/** Options that decide what a run computes. */
export const settingNames = [
  'model',
  'cell',
  'score',
  'steps',
  'hiddenSize',
  'batchSize',
  'every',
] as const;

export function newOrder(given: Given): Order {
  const chosen = settingNames.filter((name) => given[name] !== undefined);
  const settings: Settings = {
    ...(given.quick ? quick : full),
    ...Object.fromEntries(chosen.map((name) => [name, given[name]])),
  };
  if (settings.model === 'plain' && given.score !== undefined) {
    throw new OptionError('--score', 'is of attention, and the plain model has none; leave it out');
  }
  return { settings, seed: given.seed };
}

/** Where the parts of a run lie. */
export function runFolder(folder: string) {
  return {
    folder,
    order: join(folder, 'run.json'),
    checkpoint: join(folder, 'checkpoint'),
    model: join(folder, 'model'),
    result: join(folder, 'result.json'),
    report: join(folder, 'report.html'),
  };
}

export type RunFolder = ReturnType<typeof runFolder>;
