import { chartPicture, comparisonReport } from '@unroll/inspect';
import type { History } from '@unroll/trainers';
import type { Judgement } from './judge.ts';
import { percent } from './outcome.ts';

/** One net, trained and judged. */
export interface Trial {
  readonly name: string;
  readonly seed: number;
  readonly parameters: number;
  readonly history: History;
  readonly test: Judgement;
}

/** What came out of several trials of each model, as lines, numbers, a page and a chart. */
export function comparisonOf(trials: readonly Trial[]) {
  const names = [...new Set(trials.map(({ name }) => name))];
  const rows = names.map((name) => rowOf(trials.filter((each) => each.name === name)));
  const chart = chartOf(names, trials);
  return {
    lines: tableOf(rows),
    metrics: Object.assign({}, ...rows.map(metricsOf)) as Record<string, number>,
    chart: chartPicture(chart),
    report: (about: Pick<Parameters<typeof comparisonReport>[0], 'config' | 'environment'>) =>
      comparisonReport({
        title: 'sentiment',
        subtitle: 'Models of equal size on the same reviews',
        results: { columns, rows: rows.map(cellsOf) },
        charts: [chart],
        ...about,
      }),
  };
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

/** A panel for each model, a line for each seed. */
function chartOf(names: readonly string[], trials: readonly Trial[]) {
  return {
    ...{ title: 'Learning curves', x: 'training step', y: 'nats per text, validation' },
    panels: names.map((name) => ({
      name,
      lines: trials
        .filter((trial) => trial.name === name)
        .map(({ seed, history }) => ({
          name: `seed ${seed}`,
          points: history.valid.map(({ step, loss }) => ({ x: step, y: loss })),
        })),
    })),
  };
}
