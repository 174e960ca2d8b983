import domino from '@mixmark-io/domino';
import * as Plot from '@observablehq/plot';

/** The SVG that Plot draws into a small document of Node's, which has what Plot uses of a browser's. */
export function plotted(options: Plot.PlotOptions): string {
  const figure: { outerHTML: string } = Plot.plot({
    document: domino.createDocument('') as unknown as Document,
    ...options,
  });
  return figure.outerHTML;
}
