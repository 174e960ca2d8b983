import * as Plot from '@observablehq/plot';
import { lineColour } from '../colours.ts';
import type { SequenceJacobians } from '../dynamics/sequence-jacobians.ts';
import { formatNumber } from '../format.ts';
import { picture } from './picture.ts';
import { drawn, fullWidth, plainAxis } from './plot.ts';

/**
 * How long step Jacobians and their running products are, as SVG on a logarithmic scale: ‖∂s_t/∂s_1‖₂ as a line,
 * ‖∂s_t/∂s_{t−1}‖₂ dashed. A line that falls is a vanishing gradient, one that rises an exploding one.
 *
 * @param sequences by the names under which they are shown
 * @example
 * const { layers } = trace(new RNN({ inputSize: 2, hiddenSize: 3 }), ones([1, 20, 2]));
 * const { sequences } = await stepJacobians(layers[0]);
 * const svg = drawJacobians({ RNN: sequences[0] });
 */
export function drawJacobians(sequences: Readonly<Record<string, SequenceJacobians>>): string {
  const lines = Object.entries(sequences).map(([name, one], i) => {
    return { name, colour: lineColour(i), products: one.productNorms, steps: one.norms };
  });
  return picture(
    drawn({
      width: fullWidth,
      height: 320,
      marginLeft: 60,
      marginTop: 30,
      marginBottom: 42,
      x: { label: 'steps walked', ...plainAxis },
      y: {
        label: 'spectral norm',
        type: 'log',
        grid: true,
        ticks: 5,
        tickSize: 0,
        tickFormat: '~e',
      },
      marks: lines.flatMap(({ colour, products, steps }) => [
        line(products, { stroke: colour, strokeWidth: 2.5 }),
        line(steps, { stroke: colour, strokeWidth: 1.2, strokeDasharray: '3 3' }),
      ]),
    }),
    {
      title: 'Step Jacobians and their product',
      description: inWords(lines),
      legend: lines.map(({ name, colour }) => ({
        words: `${name}: product (dashed: each step)`,
        colour,
      })),
    },
  );
}

function line(norms: readonly number[], style: Plot.LineYOptions) {
  const points = norms
    .map((norm, i) => ({ step: i + 1, norm }))
    .filter(({ norm }) => Number.isFinite(norm) && norm > 0);
  return Plot.lineY(points, { x: 'step', y: 'norm', ...style });
}

function inWords(lines: readonly { name: string; products: readonly number[] }[]): string {
  const parts = lines.map(
    ({ name, products }) =>
      `after ${products.length} steps the product of ${name} has the norm ${formatNumber(products[products.length - 1])}`,
  );
  return `${parts.join('; ')}.`;
}
