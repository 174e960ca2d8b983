import type { ComparisonReport } from '@unroll/inspect';
import { problemOf } from './problem.ts';
import type { TrialOutcome } from './run-trial.ts';

/** A table of results as words: one row for each net, one column for each range. */
export type ResultTable = ComparisonReport['results'];

/** The results of a study, in the order of its trials, and below them what remembers nothing. */
export function resultTable(outcomes: readonly TrialOutcome[]): ResultTable {
  const rows = unique(outcomes.map(({ trial }) => trial.row));
  const ranges = unique(outcomes.map(({ trial }) => trial.range));
  const cell = (row: string, range: number) => {
    const found = outcomes.find(({ trial }) => trial.row === row && trial.range === range);
    return found ? resultOf(found) : '';
  };
  const own = rows.map((row) => [row, ...ranges.map((range) => cell(row, range))]);
  return {
    columns: ['', ...ranges.map((range) => `at ${range}`)],
    rows: [...own, ...baselineRows(outcomes, ranges)],
  };
}

/** The table as lines of equal columns. */
export function linesOf({ columns, rows }: ResultTable): string[] {
  const all = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return all.map((row) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '),
  );
}

/** `0.0002`, or `99.8 %`, or where training broke down. */
function resultOf({ metrics }: TrialOutcome): string {
  const { 'test.mse': mse, 'test.accuracy': accuracy, 'diverged.step': diverged } = metrics;
  if (diverged !== undefined) return `no number from step ${diverged}`;
  return accuracy === undefined ? words('mse', mse) : words('accuracy', accuracy);
}

function baselineRows(outcomes: readonly TrialOutcome[], ranges: readonly number[]): string[][] {
  const problems = unique(outcomes.map(({ trial }) => trial.problem));
  return problems.flatMap((name) => {
    const { baselines, metric } = problemOf(name, ranges[0]);
    return Object.entries(baselines).map(([baseline, value]) => [
      baseline.replace(/\.\w+$/, '').replace('.', ', '),
      ...ranges.map(() => words(metric, value)),
    ]);
  });
}

function words(metric: 'mse' | 'accuracy', value: number): string {
  return metric === 'mse' ? value.toFixed(4) : `${(100 * value).toFixed(1)} %`;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
