import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeResult } from '@unroll/cli';
import { chartPicture, comparisonReport } from '@unroll/inspect';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { environment } from '../runner/environment.ts';
import type { TaskResult } from '../runner/task.ts';
import { chartsOf } from './charts.ts';
import { problemOf } from './problem.ts';
import type { Order, RunFolder } from './run-folder.ts';
import type { TrialOutcome } from './run-trial.ts';
import { studies } from './studies/index.ts';
import { resultTable } from './table.ts';

/**
 * The numbers of a study: those of each trial under its name (`lstm.t50.test.mse`), what answers reach that remember
 * nothing (`baseline.mean.mse`), and the seconds of training.
 */
export function resultOf(order: Order, outcomes: readonly TrialOutcome[]): TaskResult {
  const own = outcomes.flatMap(({ trial, metrics }) =>
    Object.entries(metrics).map(([name, value]) => [`${trial.name}.${name}`, value]),
  );
  const baselines = outcomes.flatMap(({ trial: { problem, range } }) =>
    Object.entries(problemOf(problem, range).baselines).map(([name, value]) => [
      `baseline.${name}`,
      value,
    ]),
  );
  const seconds = outcomes.reduce((total, { metrics }) => total + (metrics.seconds ?? 0), 0);
  return {
    metrics: { ...Object.fromEntries([...own, ...baselines]), 'train.seconds': seconds },
    config: configOf(order),
  };
}

/** What all trials have in common, and the name of each with what is its own. */
function configOf({ study, seed, trials }: Order): TaskResult['config'] {
  const [first] = trials;
  const names = ['optimizer', 'lr', 'hiddenSize', 'batchSize', 'batches'] as const;
  const common = names.filter((name) => trials.every((trial) => trial[name] === first[name]));
  return {
    ...{ study, seed },
    ...Object.fromEntries(common.map((name) => [name, first[name]])),
    clip: trials.map(({ clip }) => clip?.norm ?? 0).every((norm) => norm === first.clip?.norm)
      ? (first.clip?.norm ?? 0)
      : 'by trial',
    trials: trials.map(({ name }) => name),
  };
}

/** Writes what a person and a program want of a study: the report, its charts as pictures, and the result. */
export async function writeOutcomes(
  run: RunFolder,
  order: Order,
  outcomes: readonly TrialOutcome[],
  { metrics, config }: TaskResult,
): Promise<void> {
  const study = studies[order.study];
  const drawn = chartsOf(study, outcomes);
  const page = comparisonReport({
    ...{ title: `adding: ${order.study}`, subtitle: study.title, config },
    ...{ results: resultTable(outcomes), charts: drawn.map(({ chart }) => chart) },
    environment: environment(),
  });
  await writeFileAtomic(run.report, page);
  await mkdir(run.pictures, { recursive: true });
  for (const { name, chart } of drawn) {
    await writeFileAtomic(join(run.pictures, `${name}.svg`), chartPicture(chart));
  }
  await writeResult(run.result, { name: 'adding', metrics, config, environment: environment() });
}
