import * as Plot from '@observablehq/plot';
import { lineColour } from '../colours.ts';
import { formatNumber } from '../format.ts';
import { Html, html } from '../html.ts';
import { plotted } from '../plotted.ts';
import { drawableChart, type Line, lineNames, type Panel, type PanelChart } from './panels.ts';

/** As those of the learning curve: text in a picture shrinks with it, so there are two. */
const frames = {
  wide: { width: 820, columns: 3, height: 190, fontSize: 12, ticks: 4 },
  narrow: { width: 360, columns: 1, height: 190, fontSize: 11, ticks: 4 },
};

/** Small charts with the same axes, as one inline SVG; its colours are CSS variables of the page. */
export function panelChart(chart: PanelChart, frame: keyof typeof frames): Html {
  const { x, y, scale, panels, rules = [] } = drawableChart(chart);
  if (panels.every(({ lines }) => lines.every(({ points }) => points.length === 0))) {
    return html`<p class="nothing">Nothing was recorded that could be drawn.</p>`;
  }
  const { width, columns, height, fontSize, ticks } = frames[frame];
  const rows = Math.ceil(panels.length / columns);
  const names = lineNames(chart);
  const svg = plotted({
    width,
    height: 70 + height * rows,
    marginLeft: 52,
    marginRight: 24,
    marginTop: 40,
    marginBottom: 42,
    style: { fontSize: `${fontSize}px` },
    ariaLabel: inWords(chart.title, panels),
    fx: { axis: null, padding: 0.12, domain: Array.from({ length: columns }, (_, i) => i) },
    fy: { axis: null, padding: 0.22, domain: Array.from({ length: rows }, (_, i) => i) },
    x: { label: x, labelAnchor: 'center', labelArrow: 'none', tickSize: 0, ticks },
    y: { label: y, labelArrow: 'none', tickSize: 0, ...yAxis(scale) },
    marks: panels.flatMap((panel, i) => {
      const place = { fx: i % columns, fy: Math.floor(i / columns) };
      return [
        ...rules.map((rule) => ruleMark(rule.y, place)),
        ...panel.lines.flatMap((line) =>
          lineMark(line, lineColour(names.indexOf(line.name)), place),
        ),
        nameMark(panel.name, place),
      ];
    }),
  });
  return new Html(svg);
}

function yAxis(scale: PanelChart['scale']) {
  return scale === 'log'
    ? ({ type: 'log', grid: true, ticks: 4, tickFormat: '~e' } as const)
    : ({ zero: true, grid: true, ticks: 4, nice: true } as const);
}

interface Facet {
  readonly fx: number;
  readonly fy: number;
}

function ruleMark(y: number, { fx, fy }: Facet) {
  const dashes = { stroke: 'var(--soft)', strokeDasharray: '5 4', strokeWidth: 1.2 };
  return Plot.ruleY([{ y }], { y: 'y', fx: () => fx, fy: () => fy, ...dashes });
}

/** A single place is no line, so it gets a dot. */
function lineMark({ name, points }: Line, stroke: string, { fx, fy }: Facet) {
  const at = { x: 'x', y: 'y', fx: () => fx, fy: () => fy, stroke, title: () => name } as const;
  if (points.length === 0) return [];
  return points.length === 1
    ? [Plot.dot(points, { ...at, r: 3 })]
    : [Plot.lineY(points, { ...at, strokeWidth: 2 })];
}

function nameMark(name: string, { fx, fy }: Facet) {
  const above = { frameAnchor: 'top-left', dy: -16, fill: 'var(--ink)', fontWeight: 600 } as const;
  return Plot.text([name], { text: (d: string) => d, fx: () => fx, fy: () => fy, ...above });
}

/** The chart in words, for those who cannot see it. */
function inWords(title: string, panels: readonly Panel[]): string {
  const parts = panels.flatMap(({ name, lines }) =>
    lines.flatMap(({ name: line, points }) => {
      const [first, last] = [points[0], points[points.length - 1]];
      if (first === undefined) return [];
      return `${name}, ${line} from ${formatNumber(first.y)} to ${formatNumber(last.y)}`;
    }),
  );
  return `${title}: ${parts.join('; ')}`;
}
