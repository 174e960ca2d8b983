import * as Plot from '@observablehq/plot';
import type { GateSaturation } from '../dynamics/gate-saturation.ts';
import { formatNumber } from '../format.ts';
import { picture } from './picture.ts';
import { drawn, fullWidth, grid, plainAxis } from './plot.ts';

const shutColour = 'var(--train)';
const openColour = 'var(--valid)';

/**
 * How saturated gates are over time, as SVG: at each step the share of values that are shut, from below, and open, from
 * above; a column for each gate, a row for each layer and direction.
 *
 * @example
 * const svg = drawGates(await gateSaturation(trace(new LSTM({ inputSize: 2, hiddenSize: 3 }), ones([1, 7, 2]))));
 * console.log(svg.startsWith('<svg')); // true
 */
export function drawGates(gates: readonly GateSaturation[]): string {
  const points = gates.flatMap((one) =>
    one.steps.map(({ shut, open }, i) => ({ ...place(one), step: i + 1, shut, from: 1 - open })),
  );
  const facet = { fx: 'gate', fy: 'layer', x: 'step' } as const;
  const area = { ...facet, fillOpacity: 0.85 } as const;
  return picture(
    drawn({
      ...frame(gates),
      x: { label: 'time step', ...plainAxis, ticks: 4, insetLeft: 2, insetRight: 2 },
      y: { label: 'share of values', ...shareAxis },
      marks: [
        Plot.areaY(points, { ...area, y2: 'shut', y1: 0, fill: shutColour, curve: 'step' }),
        Plot.areaY(points, { ...area, y1: 'from', y2: 1, fill: openColour, curve: 'step' }),
        Plot.frame({ strokeOpacity: 0.25 }),
      ],
    }),
    { title: 'Gate saturation over time', description: inWords(gates), legend: legend(gates) },
  );
}

/**
 * How saturated each unit's gates are, as SVG: a dot for each unit, to the right by how often it is open and upwards by how
 * often it is shut (Karpathy, Johnson & Fei-Fei 2015, figure 4). Dots near the slanted line are always at one end.
 */
export function drawGateUnits(gates: readonly GateSaturation[]): string {
  const points = gates.flatMap((one) =>
    one.units.map(({ shut, open }, unit) => ({ ...place(one), unit, shut, open })),
  );
  const facet = { fx: 'gate', fy: 'layer' } as const;
  const ends = gates.flatMap((one) =>
    [0, 1].map((open) => ({ ...place(one), open, shut: 1 - open })),
  );
  return picture(
    drawn({
      ...frame(gates, 170),
      x: {
        label: 'share of steps at which the gate is open',
        ...plainAxis,
        ...shareAxis,
        insetLeft: 6,
        insetRight: 6,
      },
      y: { label: '… is shut', ...shareAxis, insetTop: 6, insetBottom: 6 },
      marks: [
        Plot.frame({ strokeOpacity: 0.25 }),
        Plot.line(ends, {
          ...facet,
          x: 'open',
          y: 'shut',
          z: null,
          strokeOpacity: 0.35,
          strokeDasharray: '4 4',
        }),
        Plot.dot(points, {
          ...facet,
          x: 'open',
          y: 'shut',
          r: 4,
          fill: openColour,
          fillOpacity: 0.45,
          title: ({ unit, shut, open }) =>
            `unit ${unit}: open ${formatNumber(open)}, shut ${formatNumber(shut)}`,
        }),
      ],
    }),
    { title: 'Gate saturation by unit', description: inWords(gates) },
  );
}

const shareAxis = { domain: [0, 1], ticks: [0, 0.5, 1], tickFormat: '.0%', tickSize: 0 };

function place({ gate, layer }: GateSaturation) {
  return { gate, layer };
}

function frame(gates: readonly GateSaturation[], rowHeight = 120) {
  const names = gates.map(({ gate }) => gate);
  const layers = gates.map(({ layer }) => layer);
  const [columns, rows] = [new Set(names).size, new Set(layers).size];
  return {
    ...grid(names, layers),
    width: Math.min(fullWidth, 140 + 230 * columns),
    height: 84 + rowHeight * rows,
    marginLeft: 52,
    marginRight: 90,
    marginTop: 34,
    marginBottom: 42,
  };
}

function legend(gates: readonly GateSaturation[]) {
  const { low = 0.1, high = 0.9 } = gates[0] ?? {};
  return [
    { words: `shut: below ${low}`, colour: shutColour },
    { words: `open: above ${high}`, colour: openColour },
  ];
}

function inWords(gates: readonly GateSaturation[]): string {
  const share = (x: number) => `${Math.round(100 * x)} %`;
  const parts = gates.map(
    ({ layer, gate, shut, open }) =>
      `gate ${gate} of layer ${layer} is shut for ${share(shut)} and open for ${share(open)} of its values`,
  );
  return `${parts.join('; ')}.`;
}
