import { geometricMean } from '../measure/statistics.ts';
import { isOurs } from '../peers/choose.ts';
import { grouped } from '../report/numbers.ts';
import { type Case, type Figure, sideBySide } from './side-by-side.ts';
import type { Findings, SuiteContext, Table } from './suite.ts';

/** Runs cases side by side and says how many times as fast as each peer ours is. */
export async function compare(cases: readonly Case[], context: SuiteContext): Promise<Findings> {
  const { only } = context;
  const wanted = cases.filter(({ name }) => only === undefined || name.includes(only));
  const comparison = await sideBySide(wanted, context);
  return {
    metrics: metricsOf(comparison.figures),
    tables: [tableOf(comparison.figures)],
    notes: comparison.notes,
    config: { cases: wanted.map(({ name, spec }) => ({ name, ...spec })) as never },
    peers: comparison.peers,
  };
}

function metricsOf(figures: readonly Figure[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const { case: each, who, value, alone } of figures) {
    metrics[`${each.name}.${who}.${each.unit}`] = value;
    metrics[`${each.name}.${who}.${each.unit}Alone`] = alone;
  }
  for (const who of new Set(figures.map((figure) => figure.who).filter(isOurs))) {
    const ratios = figures
      .filter((figure) => figure.who === who)
      .flatMap((ours) => {
        const torch = betterTorch(figures, ours);
        return torch === undefined ? [] : [{ name: ours.case.name, ratio: ours.value / torch }];
      });
    for (const { name, ratio } of ratios) metrics[`${name}.${who}.ratioToTorch`] = ratio;
    if (ratios.length > 1) {
      const mean = geometricMean(ratios.map(({ ratio }) => ratio));
      metrics[`geometricMean.all.${who}.ratioToTorch`] = mean;
    }
  }
  return metrics;
}

/** PyTorch's figure at its better number of threads. */
function betterTorch(figures: readonly Figure[], ours: Figure): number | undefined {
  const values = figures
    .filter((figure) => figure.case === ours.case && figure.who.startsWith('torch-'))
    .map(({ value }) => value);
  return values.length > 0 ? Math.max(...values) : undefined;
}

function tableOf(figures: readonly Figure[]): Table {
  return {
    head: ['', 'who', 'in turns', 'alone', 'unit', 'ours is'],
    rows: figures.map(({ case: each, who, value, alone }) => [
      each.name,
      who,
      grouped(value),
      grouped(alone),
      each.unit,
      isOurs(who) ? '' : timesAsFast(figures, each, value),
    ]),
  };
}

/** Ours (each of them, where there are several) as a multiple of a peer's value. */
function timesAsFast(figures: readonly Figure[], each: Case, value: number): string {
  return figures
    .filter((figure) => figure.case === each && isOurs(figure.who))
    .map((ours) => `${(ours.value / value).toFixed(2)} ×`)
    .join(', ');
}
