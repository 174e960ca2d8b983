import type { KeptResult } from './kept-result.ts';

/** A table of one task's runs. */
export interface Show {
  readonly title: string;
  readonly about: string;
  /** How one comes to such a row. */
  readonly command: string;
  readonly columns: readonly { readonly name: string; cell(result: KeptResult): string }[];
  /** Whether it is one of them. */
  shows(result: KeptResult): boolean;
}

const metric = (name: string, key: string, digits: number) => ({
  name,
  cell: ({ metrics }: KeptResult) => fixed(metrics[key], digits),
});

const percent = (name: string, key: string) => ({
  name,
  cell: ({ metrics }: KeptResult) => fixed(100 * metrics[key], 2),
});

const count = (name: string, key: string) => ({
  name,
  cell: ({ metrics }: KeptResult) => metrics[key].toLocaleString('en-US'),
});

function fixed(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);
}

const text = (name: string, cell: (config: KeptResult['config']) => string) => ({
  name,
  cell: ({ config }: KeptResult) => cell(config),
});

const seed = text('seed', (config) => String(config.seed));

const model = text('model', ({ model, cell, hiddenSize, numLayers }) =>
  model === 'transformer'
    ? `Transformer, ${String(numLayers)} blocks of ${String(hiddenSize)}`
    : `${String(cell).toUpperCase()}, ${String(hiddenSize)} units`,
);

const isOf = (name: string, more: (config: KeptResult['config']) => boolean = () => true) => {
  return (result: KeptResult) => result.name === name && more(result.config);
};

const parameters = count('parameters', 'parameters');
const steps = count('steps', 'steps');

export const tasks: readonly Show[] = [
  {
    title: 'charlm: characters',
    about:
      '*The Mysterious Island* of Jules Verne, character by character. Nats per character, validation and test, beside a Markov model of order 2 (validation).',
    command: 'npm run task charlm -- --download',
    columns: [
      model,
      metric('validation', 'valid.natsPerChar', 3),
      metric('test', 'test.natsPerChar', 3),
      metric('Markov 2', 'baseline.markov2.natsPerChar', 3),
      parameters,
      steps,
      seed,
    ],
    shows: isOf('charlm', ({ level }) => level !== 'word'),
  },
  {
    title: 'charlm: words',
    about:
      'The same book over words and punctuation marks. Perplexity, validation and test, beside an interpolated trigram (validation).',
    command: 'npm run task charlm -- --download --level word',
    columns: [
      model,
      metric('validation', 'valid.perplexity', 1),
      metric('test', 'test.perplexity', 1),
      metric('trigram', 'baseline.markov2.perplexity', 1),
      percent('unknown, %', 'valid.unknownShare'),
      parameters,
      steps,
      seed,
    ],
    shows: isOf('charlm', ({ level }) => level === 'word'),
  },
  {
    title: 'sentiment',
    about:
      'Film reviews, good or bad (Maas et al. 2011): 25,000 to learn from, 25,000 to be judged on, no outside vectors.',
    command: 'npm run task sentiment -- --download',
    columns: [
      text('model', ({ model, cell, bidirectional }) =>
        model === 'recurrent'
          ? `${bidirectional ? 'bidirectional ' : ''}${String(cell).toUpperCase()}`
          : String(model),
      ),
      percent('test, % right', 'test.accuracy'),
      percent('validation, % right', 'valid.accuracy'),
      metric('F1', 'test.f1.macro', 3),
      metric('calibration error', 'test.calibrationError', 3),
      percent('waiting for data, %', 'train.waitingShare'),
      parameters,
      seed,
    ],
    shows: isOf('sentiment'),
  },
  {
    title: 'dates',
    about:
      'Dates as people write them into ISO 8601, right to the last character; no calendar day of the test was trained on.',
    command: 'npm run task dates',
    columns: [
      text('model', ({ model }) => String(model)),
      percent('test, % right', 'test.exactMatch'),
      count('dates', 'test.count'),
      parameters,
      steps,
      seed,
    ],
    shows: isOf('dates'),
  },
  {
    title: 'adding',
    about:
      'The sum of two numbers that lie up to 50, 100 and 200 steps apart (Hochreiter & Schmidhuber 1997): mean squared error on the test, where the mean costs 0.1667.',
    command: 'npm run task adding',
    columns: ['rnn', 'lstm', 'gru']
      .flatMap((cell) =>
        [50, 100, 200].map((t) =>
          metric(`${cell.toUpperCase()} ${t}`, `${cell}.t${t}.test.mse`, 4),
        ),
      )
      .concat(seed),
    shows: isOf('adding', ({ study }) => study === 'cells'),
  },
];
