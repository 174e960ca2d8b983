import { lineColour } from '../colours.ts';
import { Html, html } from '../html.ts';
import { palette } from '../style.ts';
import { panelChart } from './panel-chart.ts';
import { lineNames, type PanelChart } from './panels.ts';

const width = 820;
const legendHeight = 34;

/**
 * A chart as an SVG file of its own, for a page of prose: with its legend, a ground of its own, and the colours of the
 * reader's light or dark setting.
 *
 * @example
 * const svg = chartPicture({
 *   title: 'Learning curve',
 *   x: 'training step',
 *   y: 'loss',
 *   panels: [{ name: '', lines: [{ name: 'lstm', points: [{ x: 1, y: 2 }, { x: 2, y: 1 }] }] }],
 * });
 */
export function chartPicture(chart: PanelChart): string {
  // Plot's own style fits a figure into the page around it, and here there is none.
  const inner = new Html(panelChart(chart, 'wide').text.replace(/<style>[^<]*<\/style>/, ''));
  const [, tall] = /height="([\d.]+)"/.exec(inner.text) ?? [];
  const height = Number(tall ?? 0) + legendHeight;
  const names = lineNames(chart);
  const rules = chart.rules ?? [];
  const entries = [...names, ...rules.map(({ name }) => name)];
  let x = 52;
  const legend = entries.map((name, i) => {
    const isRule = i >= names.length;
    const colour = isRule ? 'var(--soft)' : lineColour(i);
    const dashes = isRule ? '5 4' : 'none';
    const at = x;
    x += 40 + 7.2 * name.length;
    return html`<path d="M${at} 20h20" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dashes}"/><text x="${at + 26}" y="24" fill="var(--soft)">${name}</text>`;
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-sans-serif, system-ui, sans-serif" font-size="13">
<title>${chart.title}</title>
<style>${palette} [aria-label="y-grid"] { stroke: var(--ink); stroke-opacity: 0.1; }</style>
<rect width="${width}" height="${height}" rx="10" fill="var(--paper)"/>
${legend}
<g transform="translate(0 ${legendHeight})" color="var(--soft)">${inner}</g>
</svg>
`.text;
}
