import * as Plot from '@observablehq/plot';
import { lineColour } from './colours.ts';
import { formatNumber } from './format.ts';
import type { GradientFlow } from './gradient-flow.ts';
import { Html, html } from './html.ts';
import { plotted } from './plotted.ts';

/** As those of the learning curve: text in a picture shrinks with it, so there are two. */
const frames = {
  wide: { size: { width: 820, height: 300, marginRight: 16 }, fontSize: 12, ticks: 8 },
  narrow: { size: { width: 360, height: 260, marginRight: 16 }, fontSize: 11, ticks: 4 },
};

interface Place {
  readonly step: number;
  readonly norm: number;
}

/** Gradient norms over time steps as inline SVG, on a logarithmic scale. */
export function gradientChart(flows: readonly GradientFlow[], frame: keyof typeof frames): Html {
  const lines = flows.map(({ norms }) => drawable(norms));
  if (lines.flat().length === 0) {
    return html`<p class="nothing">No gradient above zero was recorded.</p>`;
  }
  const { size, fontSize, ticks } = frames[frame];
  const svg = plotted({
    ...size,
    marginLeft: 56,
    marginTop: 30,
    marginBottom: 42,
    style: { fontSize: `${fontSize}px` },
    ariaLabel: inWords(flows),
    x: { label: 'time step', labelAnchor: 'center', labelArrow: 'none', tickSize: 0, ticks },
    y: { label: 'gradient norm', type: 'log', grid: true, ticks: 5, tickSize: 0, tickFormat: '~e' },
    marks: lines.flatMap((line, i) => marksOf(line, lineColour(i))),
  });
  return new Html(svg);
}

/** The names of the lines with how far the gradient falls from the last step to the first. */
export function gradientLegend(flows: readonly GradientFlow[]): readonly Html[] {
  return flows.map(({ name, norms }, i) => {
    const reach = formatNumber(norms[0] / norms[norms.length - 1]);
    return html`<span style="--line: ${lineColour(i)}">${name}, first over last step <b>${reach}</b></span>`;
  });
}

/** A single place is no line, so it gets a dot. */
function marksOf(line: readonly Place[], stroke: string) {
  const at = { x: 'step', y: 'norm', stroke } as const;
  return line.length === 1
    ? [Plot.dot(line, { ...at, r: 3 })]
    : [Plot.lineY(line, { ...at, strokeWidth: 2 })];
}

/** What a logarithmic scale can show: numbers above zero. */
function drawable(norms: readonly number[]): Place[] {
  return norms
    .map((norm, step) => ({ step, norm }))
    .filter(({ norm }) => Number.isFinite(norm) && norm > 0);
}

export function inWords(flows: readonly GradientFlow[]): string {
  const parts = flows.map(
    ({ name, norms }) =>
      `${name} from ${formatNumber(norms[0])} at the first step to ${formatNumber(norms[norms.length - 1])} at the last`,
  );
  return `Gradient norm over time: ${parts.join('; ')}`;
}
