import { OptionError } from '@unroll/backend';
import { common } from '../runner/common.ts';
import { choice, count, flag, type Option, size, text } from '../runner/option.ts';
import type { TaskContext } from '../runner/task.ts';
import type { Level } from './levels.ts';
import { type ModelKind, type Preset, presetSettings, type Settings } from './settings.ts';

/** A number from 0 to 5. */
function temperature(): Option<number> {
  const read = (typed: string, name: string): number => {
    const number = /^\d*\.?\d+$/.test(typed) ? Number(typed) : Number.NaN;
    if (number <= 5) return number;
    throw new OptionError(name, `must be a number from 0 to 5; got "${typed}"`, { typed });
  };
  return { value: 'T', summary: 'how daring the sample is', fallback: 0.7, read };
}

/** What `charlm` takes besides the options of every task. */
export const options = {
  data: common.data,
  download: flag('fetch The Mysterious Island of Jules Verne, and learn it'),
  quick: common.quick,
  start: flag('the run of npm start: on the embedded text, into runs/start'),
  level: choice<Level, undefined>(
    ['char', 'word'],
    'what is read and written one by one: characters, or the 10,000 commonest words',
    undefined,
  ),
  model: choice<ModelKind, undefined>(
    ['recurrent', 'transformer'],
    common.model.summary,
    undefined,
  ),
  cell: common.cell,
  steps: size('training steps'),
  hiddenSize: size('units of each layer; of a Transformer its width'),
  embeddingSize: size('features of a character or word'),
  numLayers: size('layers'),
  batchSize: size('rows of text read side by side'),
  window: size('characters or words of each row in one training step'),
  every: size('steps between two validations, each with a checkpoint'),
  out: text('DIR', 'the run’s folder (default runs/charlm)'),
  resume: common.resume,
  sample: common.sample,
  try: common.try,
  chat: flag('continue what you type, again and again'),
  length: count('N', 'characters or words to write (default: 500, or 120 words)', undefined, {
    min: 1,
  }),
  temperature: temperature(),
};

export type Context = TaskContext<typeof options>;
type Given = Context['options'];

const settingNames = [
  'level',
  'model',
  'cell',
  'steps',
  'hiddenSize',
  'embeddingSize',
  'numLayers',
  'batchSize',
  'window',
  'every',
] as const satisfies readonly (keyof Settings & keyof Given)[];

/** The settings of a new run: a preset, and what was given in its place. */
export function settingsOf(given: Given): Settings {
  if (given.start && given.quick) {
    throw new OptionError('--start', 'is a run of its own length; leave out --quick');
  }
  const { model = 'recurrent', level = 'char' } = given;
  if (given.download && given.data !== undefined) {
    throw new OptionError(
      '--download',
      'fetches the data that --data names already; leave one out',
    );
  }
  if (model === 'transformer') refuseRecurrent(given);
  const chosen = settingNames.filter((name) => given[name] !== undefined);
  return {
    ...presetSettings(presetOf(given), model, level),
    ...Object.fromEntries(chosen.map((name) => [name, given[name]])),
  };
}

/** What only recurrent layers have. */
function refuseRecurrent(given: Given): void {
  const wrong = (['cell', 'embeddingSize'] as const).find((name) => given[name] !== undefined);
  if (wrong === undefined) return;
  throw new OptionError(
    wrong === 'cell' ? '--cell' : '--embedding-size',
    'is of recurrent layers, and a Transformer has none; leave it out',
  );
}

function presetOf({ start, quick, data, download }: Given): Preset {
  if (start) return 'start';
  if (!quick) return 'full';
  return data === undefined && !download ? 'quick' : 'quickData';
}

/** What a run that goes on may not be told anew. */
export const fixedNames = [...settingNames, 'quick', 'download'] as const;
