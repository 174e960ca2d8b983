import type { LayerGradient } from '@unroll/trainers';
import { attentionSection } from './attention-section.ts';
import { baselineLegend, learningCurve } from './curve.ts';
import { formatNumber } from './format.ts';
import { gradientChart, gradientLegend } from './gradient-chart.ts';
import type { GradientFlow } from './gradient-flow.ts';
import { type Html, html } from './html.ts';
import { insideSections } from './inside-section.ts';
import { layerChart } from './layer-chart.ts';
import type { Inside } from './look-inside.ts';
import { headerOf, pageOf, plainValues, valueTable } from './page.ts';
import type { AttentionMap } from './pictures/attention.ts';
import { drawEmbedding, type EmbeddingMap } from './pictures/embedding.ts';
import { inPage } from './pictures/picture.ts';
import type { Curves } from './points.ts';

/** What a report shows. */
export interface RunReport extends Curves {
  /** The name of the run, and one line under it. */
  readonly title: string;
  readonly subtitle?: string;
  /** Numbers under dotted names. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The metrics to show large, above the curve; each with the words that stand under its number. */
  readonly highlights?: readonly { readonly metric: string; readonly words: string }[];
  /** What the run was told, and where it ran: any plain values. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, unknown>>;
  /** Gradient norms over time steps, as {@link watchGradients} reads them. */
  readonly gradients?: readonly GradientFlow[];
  /** Gradient norms of the layers, as {@link layerGradients} reads them. */
  readonly layers?: readonly LayerGradient[];
  /** Gates and states of recurrent layers, as {@link lookInside} reads them from a trace. */
  readonly inside?: Inside;
  /** How a decoder looked at what it read. */
  readonly attention?: readonly AttentionMap[];
  /** Words where an embedding has put them. */
  readonly embedding?: EmbeddingMap;
  /** A text that the trained model wrote. */
  readonly sample?: string;
}

/**
 * One page of HTML about one training run: the learning curve, the metrics, a sample, the settings. It stands alone
 * (no script, no request), follows the reader's light or dark setting and fits a phone.
 *
 * @example
 * const page = runReport({
 *   title: 'charlm',
 *   unit: 'nats per character',
 *   train: [{ step: 0, loss: 4.2 }, { step: 100, loss: 2.3 }],
 *   valid: [{ step: 100, loss: 2.4 }],
 *   baselines: [{ name: 'Markov, order 1', loss: 2.46 }],
 *   metrics: { 'valid.natsPerChar': 2.4 },
 *   config: { hiddenSize: 128 },
 *   environment: { node: 'v24.0.0' },
 * });
 */
export function runReport(run: RunReport): string {
  return pageOf(run.title, [
    header(run),
    curveSection(run),
    gradientSection(run.gradients),
    layerSection(run.layers),
    insideSections(run.inside),
    attentionSection(run.attention),
    embeddingSection(run.embedding),
    sampleSection(run.sample),
    tables(run),
  ]);
}

function header({ title, subtitle, metrics, highlights = [] }: RunReport): Html {
  const shown = highlights.filter(({ metric }) => metric in metrics);
  const figures = shown.map(
    ({ metric, words }) =>
      html`<div><dt>${words}</dt><dd>${formatNumber(metrics[metric])}</dd></div>`,
  );
  const large = figures.length === 0 ? html`` : html`<dl class="figures">${figures}</dl>`;
  return headerOf('run report', { title, ...(subtitle === undefined ? {} : { subtitle }) }, large);
}

function curveSection(run: RunReport): Html {
  return html`<section class="curve">
<h2>Learning curve</h2>
<p class="legend"><span class="train">training</span><span class="valid">validation</span>${baselineLegend(run)}</p>
<figure class="wide">${learningCurve(run, 'wide')}</figure>
<figure class="narrow">${learningCurve(run, 'narrow')}</figure>
</section>`;
}

function gradientSection(flows: readonly GradientFlow[] = []): Html {
  if (flows.length === 0) return html``;
  return html`<section class="gradients">
<h2>Gradient over time</h2>
<p class="legend">${gradientLegend(flows)}</p>
<figure class="wide">${gradientChart(flows, 'wide')}</figure>
<figure class="narrow">${gradientChart(flows, 'narrow')}</figure>
</section>`;
}

function layerSection(layers: readonly LayerGradient[] = []): Html {
  if (layers.length === 0) return html``;
  return html`<section class="layers">
<h2>Gradient by layer</h2>
<figure class="wide">${layerChart(layers, 'wide')}</figure>
<figure class="narrow">${layerChart(layers, 'narrow')}</figure>
</section>`;
}

function embeddingSection(map: EmbeddingMap | undefined): Html {
  if (map === undefined) return html``;
  return html`<section class="embedding">
<h2>Embedding</h2>
<figure class="scroll">${inPage(drawEmbedding(map))}</figure>
</section>`;
}

function sampleSection(sample: string | undefined): Html {
  if (sample === undefined) return html``;
  // The line break after <pre> is not part of the text: HTML drops the first one.
  return html`<section><h2>Sample</h2>
<pre>
${sample}</pre></section>`;
}

function tables({ metrics, config, environment }: RunReport): Html {
  const numbers = Object.entries(metrics).map(
    ([name, value]) => [name, formatNumber(value)] as const,
  );
  return html`<div class="tables">
${valueTable('Metrics', numbers)}
${valueTable('Settings', plainValues(config))}
${valueTable('Environment', plainValues(environment))}
</div>`;
}
