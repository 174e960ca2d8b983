import * as Plot from '@observablehq/plot';
import type { ActivationDerivative } from '../dynamics/activation-derivatives.ts';
import { formatNumber } from '../format.ts';
import { picture } from './picture.ts';
import { drawn, fullWidth, grid, plainAxis } from './plot.ts';

/**
 * Histograms of σ′, tanh′, ReLU′ over the values that a model really saw, as SVG, each with its mean.
 *
 * @example
 * const svg = drawDerivatives(await activationDerivatives(trace(new RNN({ inputSize: 2, hiddenSize: 3 }), ones([1, 7, 2]))));
 */
export function drawDerivatives(derivatives: readonly ActivationDerivative[]): string {
  const bars = derivatives.flatMap(({ layer, name, edges, counts }) => {
    const total = counts.reduce((a, b) => a + b, 0);
    return counts.map((count, i) => {
      return { layer, name, from: edges[i], to: edges[i + 1], share: count / total };
    });
  });
  const names = derivatives.map(({ name }) => name);
  const layers = derivatives.map(({ layer }) => layer);
  const facet = { fx: 'name', fy: 'layer' } as const;
  return picture(
    drawn({
      ...grid(names, layers),
      width: Math.min(fullWidth, 150 + 200 * new Set(names).size),
      height: 84 + 120 * new Set(layers).size,
      marginLeft: 52,
      marginRight: 90,
      marginTop: 34,
      marginBottom: 42,
      x: {
        label: 'derivative',
        ...plainAxis,
        domain: [0, 1],
        ticks: [0.25, 0.5, 1],
        tickFormat: fraction,
      },
      y: { label: 'share of values', tickFormat: '.0%', ticks: 3, tickSize: 0 },
      marks: [
        Plot.frame({ strokeOpacity: 0.25 }),
        Plot.rectY(bars, {
          ...facet,
          x1: 'from',
          x2: 'to',
          y: 'share',
          fill: 'var(--train)',
          insetRight: 0.5,
        }),
        Plot.ruleX(derivatives, { ...facet, x: 'mean', stroke: 'var(--valid)', strokeWidth: 2 }),
      ],
    }),
    {
      title: 'Derivatives of activations',
      description: inWords(derivatives),
      legend: [
        { words: 'values', colour: 'var(--train)' },
        { words: 'mean', colour: 'var(--valid)' },
      ],
    },
  );
}

const fraction = (x: number) => ({ 0.25: '¼', 0.5: '½' })[x] ?? String(x);

function inWords(derivatives: readonly ActivationDerivative[]): string {
  const parts = derivatives.map(
    ({ layer, name, activation, mean }) =>
      `${activation}′ of ${name} in layer ${layer} has the mean ${formatNumber(mean)}`,
  );
  return `${parts.join('; ')}.`;
}
