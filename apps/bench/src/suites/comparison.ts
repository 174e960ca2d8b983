import { geometricMean } from '../measure/statistics.ts';
import { isOurs } from '../peers/choose.ts';
import { grouped } from '../report/numbers.ts';
import { type Case, type Figure, type Manner, sideBySide } from './side-by-side.ts';
import type { Findings, SuiteContext, Table } from './suite.ts';

/** Runs cases side by side and says how many times as fast as each peer ours is. */
export async function compare(
  cases: readonly Case[],
  context: SuiteContext,
  how: Manner = { alone: true },
): Promise<Findings> {
  const { only } = context;
  const wanted = cases.filter(({ name }) => only === undefined || name.includes(only));
  const { figures, notes, peers } = await sideBySide(wanted, context, how);
  const ratios = ratiosOf(figures);
  return {
    metrics: { ...metricsOf(figures), ...ratioMetrics(ratios) },
    tables: [tableOf(figures)],
    notes: [...notes, ...ratios.flatMap(meanInWords)],
    config: { cases: wanted.map(({ name, spec }) => ({ name, ...spec })) as never },
    peers,
  };
}

function metricsOf(figures: readonly Figure[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const { case: each, who, value, alone } of figures) {
    metrics[`${each.name}.${who}.${each.unit}`] = value;
    if (alone !== undefined) metrics[`${each.name}.${who}.${each.unit}Alone`] = alone;
  }
  return metrics;
}

/** How many times as fast as PyTorch ours is, case by case. */
interface Ratios {
  readonly who: string;
  readonly cases: readonly { readonly name: string; readonly ratio: number }[];
  /** The geometric mean, where there are several. */
  readonly mean: number | undefined;
}

function ratiosOf(figures: readonly Figure[]): Ratios[] {
  const ours = new Set(figures.map(({ who }) => who).filter(isOurs));
  return [...ours].map((who) => {
    const cases = figures
      .filter((figure) => figure.who === who)
      .flatMap((figure) => {
        const torch = betterTorch(figures, figure);
        return torch === undefined ? [] : [{ name: figure.case.name, ratio: figure.value / torch }];
      });
    const mean = cases.length > 1 ? geometricMean(cases.map(({ ratio }) => ratio)) : undefined;
    return { who, cases, mean };
  });
}

function ratioMetrics(ratios: readonly Ratios[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const { who, cases, mean } of ratios) {
    for (const { name, ratio } of cases) metrics[`${name}.${who}.ratioToTorch`] = ratio;
    if (mean !== undefined) metrics[`geometricMean.all.${who}.ratioToTorch`] = mean;
  }
  return metrics;
}

function meanInWords({ who, cases, mean }: Ratios): string[] {
  if (mean === undefined) return [];
  const all = `geometric mean of ${cases.length}`;
  return [`${who}: ${mean.toFixed(2)} × PyTorch at its better number of threads (${all}).`];
}

/** PyTorch's figure at its better number of threads. */
function betterTorch(figures: readonly Figure[], ours: Figure): number | undefined {
  const values = figures
    .filter((figure) => figure.case === ours.case && figure.who.startsWith('torch-'))
    .map(({ value }) => value);
  return values.length > 0 ? Math.max(...values) : undefined;
}

function tableOf(figures: readonly Figure[]): Table {
  const measuredAlone = figures.some(({ alone }) => alone !== undefined);
  return {
    head: ['', 'who', 'in turns', ...(measuredAlone ? ['alone'] : []), 'unit', 'ours is'],
    rows: figures.map(({ case: each, who, value, alone }) => [
      each.name,
      who,
      grouped(value),
      ...(alone === undefined ? [] : [grouped(alone)]),
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
