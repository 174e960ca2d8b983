import { lineColour } from '../colours.ts';
import { formatNumber } from '../format.ts';
import { type Html, html } from '../html.ts';
import { headerOf, pageOf, plainValues, valueTable } from '../page.ts';
import { panelChart } from './panel-chart.ts';
import { lineNames, type PanelChart } from './panels.ts';

/** What the report of a comparison shows. */
export interface ComparisonReport {
  /** The name of the comparison, and one line under it. */
  readonly title: string;
  readonly subtitle?: string;
  /** What came out: a line of column names, then one line for each thing that was compared, its name first. */
  readonly results: {
    readonly columns: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };
  readonly charts: readonly PanelChart[];
  /** What the runs were told, and where they ran: any plain values. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, unknown>>;
}

/**
 * One page of HTML about several runs side by side: a table of results, and charts of small panels, such as a learning
 * curve for each run. It stands alone (no script, no request), follows the reader's light or dark setting and fits a phone.
 *
 * @example
 * const page = comparisonReport({
 *   title: 'adding',
 *   results: { columns: ['cell', '50 steps'], rows: [['lstm', '0.0002'], ['rnn', '0.1691']] },
 *   charts: [
 *     {
 *       title: 'Learning curves',
 *       x: 'training step',
 *       y: 'mean squared error',
 *       panels: [
 *         { name: '50 steps', lines: [{ name: 'lstm', points: [{ x: 1, y: 0.2 }, { x: 100, y: 0.1 }] }] },
 *       ],
 *       rules: [{ name: 'answering the mean', y: 1 / 6 }],
 *     },
 *   ],
 *   config: { hiddenSize: 64 },
 *   environment: { node: 'v24.0.0' },
 * });
 */
export function comparisonReport(report: ComparisonReport): string {
  const { title, subtitle, results, charts, config, environment } = report;
  return pageOf(title, [
    headerOf('comparison', { title, ...(subtitle === undefined ? {} : { subtitle }) }),
    resultTable(results),
    ...charts.map(chartSection),
    html`<div class="tables">
${valueTable('Settings', plainValues(config))}
${valueTable('Environment', plainValues(environment))}
</div>`,
  ]);
}

function resultTable({ columns, rows }: ComparisonReport['results']): Html {
  const cells = (values: readonly string[]) => values.map((value) => html`<td>${value}</td>`);
  const head = columns.map(
    (name, i) => html`${i === 0 ? html`<th>${name}</th>` : html`<td>${name}</td>`}`,
  );
  const lines = rows.map(
    ([name, ...values]) => html`<tr><th scope="row">${name}</th>${cells(values)}</tr>\n`,
  );
  return html`<section><h2>Results</h2><table><thead><tr>${head}</tr></thead><tbody>
${lines}</tbody></table></section>`;
}

function chartSection(chart: PanelChart): Html {
  return html`<section class="comparison">
<h2>${chart.title}</h2>
<p class="legend">${legend(chart)}</p>
<figure class="wide">${panelChart(chart, 'wide')}</figure>
<figure class="narrow">${panelChart(chart, 'narrow')}</figure>
</section>`;
}

function legend(chart: PanelChart): Html[] {
  const lines = lineNames(chart).map(
    (name, i) => html`<span style="--line: ${lineColour(i)}">${name}</span>`,
  );
  const rules = (chart.rules ?? []).map(
    ({ name, y }) =>
      html`<span class="baseline" style="--line: var(--soft)">${name} <b>${formatNumber(y)}</b></span>`,
  );
  return [...lines, ...rules];
}
