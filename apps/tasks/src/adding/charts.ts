import { addingMeanMse } from '@unroll/datasets';
import type { Line, PanelChart } from '@unroll/inspect';
import { problemOf } from './problem.ts';
import { type TrialOutcome, windowsIn } from './run-trial.ts';
import type { Study } from './studies/study.ts';

/** A chart under the name of its file. */
export interface NamedChart {
  readonly name: string;
  readonly chart: PanelChart;
}

/** What is drawn of a study: how its nets learned, and how far their gradients reach back. */
export function chartsOf(study: Study, outcomes: readonly TrialOutcome[]): NamedChart[] {
  const gradients = study.gradients
    ? [{ name: 'gradients', chart: gradientChart(study.gradients, outcomes) }]
    : [];
  return [...learningCharts(outcomes), ...gradients];
}

const meanAnswer = { name: 'answering the mean', y: addingMeanMse };

/** One chart for the problems that are counted in squares, one for those counted in nats. */
function learningCharts(outcomes: readonly TrialOutcome[]): NamedChart[] {
  const kinds = [
    { metric: 'mse', y: 'mean squared error', rules: [meanAnswer] },
    { metric: 'accuracy', y: 'nats', rules: [] },
  ] as const;
  return kinds.flatMap(({ metric, y, rules }) => {
    const some = outcomes.filter(
      ({ trial }) => problemOf(trial.problem, trial.range).metric === metric,
    );
    if (some.length === 0) return [];
    const panels = grouped(some, ({ trial, curve }) => {
      const windows = windowsIn(trial);
      const points = curve.map(({ step, loss }) => ({ x: step / windows, y: loss }));
      return { panel: trial.panel, line: { name: trial.line, points } };
    });
    const title = 'Learning curves';
    const chart = { title, x: 'batches', y: `validation, ${y}`, panels, rules };
    return [{ name: `learning-${metric}`, chart }];
  });
}

/** Norms of ∂L/∂x_t over the steps from the answer back to t. */
function gradientChart(
  by: NonNullable<Study['gradients']>,
  outcomes: readonly TrialOutcome[],
): PanelChart {
  const times = ['before', 'after'] as const;
  const all = times.flatMap((time) => outcomes.map((outcome) => ({ time, outcome })));
  const panels = grouped(all, ({ time, outcome: { trial, gradients } }) => {
    const norms = gradients?.[time] ?? [];
    const points = norms.map((norm, t) => ({ x: norms.length - 1 - t, y: norm }));
    const when = `${time} training`;
    return by === 'by range'
      ? { panel: `${trial.panel}, ${when}`, line: { name: trial.line, points } }
      : { panel: trial.panel, line: { name: when, points } };
  });
  return {
    ...{ title: 'How far the gradient reaches', x: 'steps back from the answer' },
    ...{ y: 'norm of ∂L/∂x', scale: 'log', panels },
  };
}

function grouped<T>(
  items: readonly T[],
  place: (item: T) => { readonly panel: string; readonly line: Line },
): PanelChart['panels'] {
  const panels = new Map<string, Line[]>();
  for (const item of items) {
    const { panel, line } = place(item);
    panels.set(panel, [...(panels.get(panel) ?? []), line]);
  }
  return [...panels].map(([name, lines]) => ({ name, lines }));
}
