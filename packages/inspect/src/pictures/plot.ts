import domino from '@mixmark-io/domino';
import * as Plot from '@observablehq/plot';
import { type Drawing, drawingOf } from './picture.ts';

/** Width of a picture whose content does not ask for less. */
export const fullWidth = 820;

/** Draws with Plot into a small document of Node's, which has what Plot uses of a browser's. */
export function drawn(options: Plot.PlotOptions): Drawing {
  const figure: { outerHTML: string } = Plot.plot({
    document: domino.createDocument('') as unknown as Document,
    style: { fontSize: '12px' },
    ...options,
  });
  return drawingOf(figure);
}

/** An axis without ticks and arrows, its name in the middle. */
export const plainAxis = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;

/** Small pictures side by side: columns by name, rows by layer. */
export function grid(names: readonly string[], layers: readonly string[]) {
  return {
    fx: { domain: [...new Set(names)], label: null, padding: 0.12 },
    fy: {
      domain: [...new Set(layers)],
      label: null,
      padding: 0.2,
      tickFormat: (layer: string) => `layer ${layer}`,
    },
  };
}
