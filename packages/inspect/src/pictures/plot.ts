import type * as Plot from '@observablehq/plot';
import { plotted } from '../plotted.ts';
import { type Drawing, drawingOf } from './picture.ts';

/** Width of a picture whose content does not ask for less. */
export const fullWidth = 820;

/** What Plot draws, as a part of a picture. */
export function drawn(options: Plot.PlotOptions): Drawing {
  return drawingOf(plotted({ style: { fontSize: '12px' }, ...options }));
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
