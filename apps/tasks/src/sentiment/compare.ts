import { mkdir } from 'node:fs/promises';
import { type ComparisonReport, chartPicture, comparisonReport } from '@unroll/inspect';
import { SavedModel } from '@unroll/models';
import { summary } from '@unroll/nn';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { type History, memoryCheckpoints } from '@unroll/trainers';
import { environment } from '../runner/environment.ts';
import type { TaskResult } from '../runner/task.ts';
import { loadReviews } from './load-reviews.ts';
import type { Context, Order, RunFolder } from './options.ts';
import { type Judgement, judge } from './outcome/judge.ts';
import { percent } from './outcome/outcome.ts';
import { type Prepared, prepare } from './prepare.ts';
import type { Settings } from './settings.ts';
import { modelFor, train } from './train.ts';

/** What stands side by side. */
const rivals: Readonly<Record<string, Partial<Settings>>> = {
  'LSTM, two directions': { model: 'recurrent', cell: 'lstm' },
  'LSTM, one direction': { model: 'recurrent', cell: 'lstm', bidirectional: false },
  'GRU, two directions': { model: 'recurrent', cell: 'gru' },
  'RNN, two directions': { model: 'recurrent', cell: 'rnn' },
  convolution: { model: 'convolution' },
  'average of words': { model: 'average' },
};

/** One net, trained and judged. */
interface Trial {
  readonly name: string;
  readonly parameters: number;
  readonly history: History;
  readonly test: Judgement;
}

/** Every model at equal parameters and epochs, with several seeds: a table, and the learning curves. */
export async function compare(context: Context, order: Order, run: RunFolder): Promise<TaskResult> {
  const { say, signal, options: given } = context;
  const started = performance.now();
  const seeds = Array.from({ length: given.seeds ?? 3 }, (_, i) => order.seed + i);
  const trials: Trial[] = [];
  for (const seed of seeds) {
    const reviews = await loadReviews({ ...order, seed });
    const prepared = prepare(reviews, order.settings);
    for (const [name, own] of Object.entries(rivals)) {
      const settings = sameSize({ ...order.settings, ...own }, prepared, order.settings);
      const trial = await tryModel(name, settings, { prepared, seed, signal });
      trials.push(trial);
      say(
        `seed ${seed}, ${name}: ${percent(trial.test.accuracy)}, ${trial.parameters.toLocaleString('en-US')} parameters, ${trial.history.seconds.toFixed(0)} s`,
      );
    }
  }
  const rows = Object.keys(rivals).map((name) =>
    rowOf(trials.filter((each) => each.name === name)),
  );
  for (const line of tableOf(rows)) say(line);
  const metrics = Object.assign({}, ...rows.map(metricsOf));
  metrics.seconds = (performance.now() - started) / 1000;
  const { data: _, ...told } = order;
  const config = { ...told.settings, seeds, data: order.data === undefined ? 'made up' : 'given' };
  const page: ComparisonReport = {
    title: 'sentiment',
    subtitle: 'Models of equal size on the same reviews',
    results: { columns, rows: rows.map(cellsOf) },
    charts: [chartOf(trials.slice(0, rows.length))],
    ...{ config, environment: environment() },
  };
  await mkdir(run.folder, { recursive: true });
  await writeFileAtomic(run.report, comparisonReport(page));
  await writeFileAtomic(
    run.embedding.replace('embedding', 'comparison'),
    chartPicture(page.charts[0]),
  );
  say(`report     ${run.report}`);
  return { metrics, config };
}

async function tryModel(
  name: string,
  settings: Settings,
  { prepared, seed, signal }: { prepared: Prepared; seed: number; signal: AbortSignal },
): Promise<Trial> {
  const checkpoint = memoryCheckpoints();
  const { model, history } = await train({
    ...{ settings, seed, prepared, checkpoint, resume: false, signal, callbacks: [] },
  });
  signal.throwIfAborted();
  const { tokenizer, parts } = prepared;
  const saved = new SavedModel({ model, tokenizer, labels: parts.labels });
  const test = await judge(saved, parts.test, signal);
  return { name, parameters: summary(model).total, history, test };
}

/** The settings with as many units as make the net as large as that of `goal`. */
function sameSize(settings: Settings, prepared: Prepared, goal: Settings): Settings {
  const sizeOf = (each: Settings) => summary(modelFor(each, prepared)).total;
  const wanted = sizeOf({ ...goal, model: 'recurrent', cell: 'lstm', bidirectional: true });
  const at = (hiddenSize: number) => sizeOf({ ...settings, hiddenSize });
  let [low, high] = [1, 1];
  while (at(high) < wanted) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (at(middle) < wanted) low = middle;
    else high = middle;
  }
  const hiddenSize = wanted - at(low) < at(high) - wanted ? low : high;
  return { ...settings, hiddenSize };
}

interface Row {
  readonly name: string;
  readonly parameters: number;
  readonly accuracies: readonly number[];
  readonly f1: number;
  readonly ece: number;
  readonly tokensPerSecond: number;
}

const columns = [
  'model',
  'parameters',
  'test accuracy',
  'macro F1',
  'calibration error',
  'words/s',
];

function rowOf(trials: readonly Trial[]): Row {
  const meanOf = (of: (trial: Trial) => number) =>
    trials.reduce((sum, trial) => sum + of(trial), 0) / trials.length;
  return {
    name: trials[0].name,
    parameters: trials[0].parameters,
    accuracies: trials.map(({ test }) => test.accuracy),
    f1: meanOf(({ test }) => test.f1.macro),
    ece: meanOf(({ test }) => test.calibration.ece),
    tokensPerSecond: meanOf(({ history }) => history.tokens / history.seconds),
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
}

function cellsOf(row: Row): string[] {
  const { accuracies } = row;
  const spread =
    accuracies.length > 1
      ? ` (${percent(Math.min(...accuracies))} to ${percent(Math.max(...accuracies))})`
      : '';
  return [
    row.name,
    row.parameters.toLocaleString('en-US'),
    `${percent(mean(accuracies))}${spread}`,
    row.f1.toFixed(3),
    percent(row.ece),
    Math.round(row.tokensPerSecond).toLocaleString('en-US'),
  ];
}

function tableOf(rows: readonly Row[]): string[] {
  const cells = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  return [
    '',
    ...cells.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] + 2))
        .join('')
        .trimEnd(),
    ),
    '',
  ];
}

function metricsOf(row: Row): Record<string, number> {
  const name = row.name.replaceAll(/[, ]+(\w)/g, (_, letter: string) => letter.toUpperCase());
  return {
    [`${name}.test.accuracy`]: mean(row.accuracies),
    ...Object.fromEntries(
      row.accuracies.map((value, i) => [`${name}.run${i + 1}.test.accuracy`, value]),
    ),
    [`${name}.test.f1.macro`]: row.f1,
    [`${name}.test.calibrationError`]: row.ece,
    [`${name}.parameters`]: row.parameters,
    [`${name}.tokensPerSecond`]: row.tokensPerSecond,
  };
}

function chartOf(trials: readonly Trial[]) {
  return {
    ...{ title: 'Learning curves, first seed', x: 'training step', y: 'nats per text, validation' },
    panels: [
      {
        name: '',
        lines: trials.map(({ name, history }) => ({
          name,
          points: history.valid.map(({ step, loss }) => ({ x: step, y: loss })),
        })),
      },
    ],
  };
}
