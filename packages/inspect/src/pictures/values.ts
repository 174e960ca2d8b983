import * as Plot from '@observablehq/plot';
import { IndexError, refuseUnknownOptions } from '@unroll/backend';
import { formatNumber } from '../format.ts';
import type { LayerNumbers } from '../trace/traced-layer.ts';
import { picture } from './picture.ts';
import { drawn, fullWidth, plainAxis } from './plot.ts';

export interface DrawValuesOptions {
  /** Symbols, from top to bottom; default all values of the trace. */
  readonly values?: readonly string[];
  /** Which sequence of the batch; default the first. */
  readonly sequence?: number;
  /** A text for each step, such as the letters that were read; default its number. */
  readonly labels?: readonly string[];
}

/**
 * What a layer computed over time, as SVG: a row for each unit, a column for each step. Orange is above zero, blue below,
 * and the stronger the further from it.
 *
 * @param layer one of `trace(…).layers`, after `read()`
 * @throws IndexError for a value or a sequence that is not there
 * @example
 * const [layer] = trace(new GRU({ inputSize: 2, hiddenSize: 3 }), ones([1, 7, 2])).layers;
 * const svg = drawValues(await layer.read(), { values: ['z', 'h'] });
 */
export function drawValues(layer: LayerNumbers, options: DrawValuesOptions = {}): string {
  refuseUnknownOptions('drawValues', options, { values: true, sequence: true, labels: true });
  const { values = Object.keys(layer.values), sequence = 0, labels } = options;
  const steps = values.map((name) => stepsOf(layer, name, sequence));
  const cells = steps.flatMap((rows, i) => cellsOf(values[i], rows));
  const time = steps[0].length;
  const units = steps.map((rows) => rows[0].length);
  const facet = { fy: 'name', x: 'step', y: 'unit' } as const;
  return picture(
    drawn({
      width: Math.min(fullWidth, Math.max(260, 120 + 26 * time)),
      height: 70 + units.reduce((total, n) => total + Math.max(30, 12 * n) + 12, 0),
      marginLeft: 40,
      marginRight: 76,
      marginTop: 12,
      marginBottom: 44,
      fy: { domain: [...values], label: null, padding: 0.08 },
      x: {
        type: 'band',
        label: labels ? 'what was read' : 'time step',
        ...plainAxis,
        padding: 0.04,
        ...ticksOf(time, labels),
      },
      y: { type: 'band', label: 'unit', tickSize: 0, padding: 0.06, ticks: [], labelArrow: 'none' },
      marks: [
        ...[below, above].map(({ fill, holds }) =>
          Plot.cell(cells.filter(holds), { ...facet, fill, fillOpacity: 'strength', title }),
        ),
        Plot.frame({ strokeOpacity: 0.2 }),
      ],
      opacity: { type: 'identity' },
    }),
    {
      title: `Values of layer ${layer.name}, ${layer.cell}`,
      description: inWords(values, steps),
      legend: [below, above].map(({ words, fill }) => ({ words, colour: fill })),
    },
  );
}

interface Cell {
  readonly name: string;
  readonly step: number;
  readonly unit: number;
  readonly value: number;
  readonly strength: number;
}

const below = { words: 'below zero', fill: 'var(--train)', holds: ({ value }: Cell) => value < 0 };
const above = { words: 'above zero', fill: 'var(--valid)', holds: ({ value }: Cell) => value > 0 };

function title({ name, unit, step, value }: Cell): string {
  return `${name}, unit ${unit}, step ${step}: ${formatNumber(value)}`;
}

type Steps = readonly (readonly number[])[];

function stepsOf({ name: layer, values }: LayerNumbers, name: string, sequence: number): Steps {
  const steps = values[name]?.[sequence];
  if (steps) return steps;
  const found = values[name]
    ? `sequence ${sequence}; there are ${values[name].length}`
    : `value ${name}; there are ${Object.keys(values).join(', ')}`;
  throw new IndexError('drawValues', `layer ${layer} has no ${found}`);
}

/** Strength: 1 at the value that is furthest from zero, or at 1 where all are smaller. */
function cellsOf(name: string, steps: Steps): Cell[] {
  const most = Math.max(1, ...steps.flat().map(Math.abs));
  return steps.flatMap((row, i) =>
    row.map((value, unit) => {
      return { name, step: i + 1, unit, value, strength: Math.abs(value) / most };
    }),
  );
}

/** All steps where there is room for them, else each tenth. */
function ticksOf(time: number, labels: readonly string[] | undefined) {
  const every = labels || time <= 28 ? 1 : 10;
  const ticks = Array.from({ length: time }, (_, t) => t + 1).filter((t) => t % every === 0);
  return { ticks, tickFormat: (step: number) => labels?.[step - 1] ?? String(step) };
}

function inWords(values: readonly string[], steps: readonly Steps[]): string {
  const parts = values.map((name, i) => {
    const all = steps[i].flat();
    return `${name} has ${steps[i][0].length} units and lies between ${formatNumber(Math.min(...all))} and ${formatNumber(Math.max(...all))}`;
  });
  return `Over ${steps[0].length} steps, ${parts.join('; ')}.`;
}
