import { OptionError } from '@unroll/backend';
import type { LayerGradient } from '@unroll/trainers';
import { lineColour } from '../colours.ts';
import { formatNumber } from '../format.ts';
import { gradientChart, inWords } from '../gradient-chart.ts';
import type { GradientFlow } from '../gradient-flow.ts';
import type { Html } from '../html.ts';
import { layerChart, inWords as layersInWords } from '../layer-chart.ts';
import { drawingOf, picture } from './picture.ts';

/**
 * The norm of gradients at each time step, as SVG on a logarithmic scale: the chart of the report, as a picture of its own.
 *
 * @throws OptionError where no norm is above zero
 */
export function drawGradients(flows: readonly GradientFlow[]): string {
  return picture(found('drawGradients', gradientChart(flows, 'wide')), {
    title: 'Gradient over time',
    description: inWords(flows),
    legend: flows.map(({ name, norms }, i) => ({
      words: `${name}: first over last step ${formatNumber(norms[0] / norms[norms.length - 1])}`,
      colour: lineColour(i),
    })),
  });
}

/**
 * The norm of the gradient in each layer, as SVG on a logarithmic scale: the chart of the report, as a picture of its own.
 *
 * @throws OptionError where no norm is above zero
 */
export function drawLayers(layers: readonly LayerGradient[]): string {
  return picture(found('drawLayers', layerChart(layers, 'wide')), {
    title: 'Gradient by layer',
    description: layersInWords(layers),
  });
}

function found(operation: string, { text }: Html) {
  if (text.includes('<svg')) return drawingOf(text);
  throw new OptionError(operation, 'needs at least one norm above zero');
}
