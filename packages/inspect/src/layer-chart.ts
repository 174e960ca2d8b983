import * as Plot from '@observablehq/plot';
import type { LayerGradient } from '@unroll/trainers';
import { formatNumber } from './format.ts';
import { Html, html } from './html.ts';
import { plotted } from './plotted.ts';

/** As those of the learning curve: text in a picture shrinks with it, so there are two. */
const frames = {
  wide: { width: 820, marginLeft: 200, fontSize: 12, ticks: 6, letters: 28 },
  narrow: { width: 360, marginLeft: 120, fontSize: 11, ticks: 3, letters: 17 },
};

/** One line for each layer with a dot at its gradient's norm, as inline SVG on a logarithmic scale. */
export function layerChart(layers: readonly LayerGradient[], frame: keyof typeof frames): Html {
  const shown = layers.filter(({ norm }) => Number.isFinite(norm) && norm > 0);
  if (shown.length === 0) {
    return html`<p class="nothing">No gradient above zero was recorded.</p>`;
  }
  const { fontSize, ticks, letters, width, marginLeft } = frames[frame];
  const longest = layers.reduce((n, { name }) => Math.max(n, name.length), 0);
  const svg = plotted({
    width,
    marginLeft: Math.min(marginLeft, 20 + 7 * longest),
    height: 60 + 22 * layers.length,
    marginTop: 10,
    marginBottom: 42,
    marginRight: 24,
    style: { fontSize: `${fontSize}px` },
    ariaLabel: inWords(layers),
    x: { label: 'gradient norm', type: 'log', ...axis, ticks, tickFormat: '~e' },
    y: {
      label: null,
      domain: layers.map(({ name }) => name),
      grid: true,
      tickSize: 0,
      tickFormat: (name: string) => shortened(name, letters),
    },
    marks: [Plot.dot(shown, { x: 'norm', y: 'name', title, r: 5, fill: 'var(--valid)' })],
  });
  return new Html(svg);
}

const axis = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;

function title({ name, norm }: LayerGradient): string {
  return `${name}: ${formatNumber(norm)}`;
}

/** The end of a path says more than its beginning. */
function shortened(name: string, letters: number): string {
  return name.length <= letters ? name : `…${name.slice(name.length - letters + 1)}`;
}

export function inWords(layers: readonly LayerGradient[]): string {
  return `Gradient norm by layer: ${layers.map(title).join('; ')}`;
}
