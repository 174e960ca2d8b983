import * as Plot from '@observablehq/plot';
import { ShapeError } from '@unroll/backend';
import { formatNumber } from '../format.ts';
import { picture } from './picture.ts';
import { drawn, fullWidth, plainAxis } from './plot.ts';

/** How a decoder, or one head, looked at a source. */
export interface AttentionMap {
  /** What was read: a text for each column. */
  readonly source: readonly string[];
  /** What was written: a text for each row. */
  readonly target: readonly string[];
  /** `[target][source]`: each row sums to 1. */
  readonly weights: readonly (readonly number[])[];
}

/**
 * A map of attention as SVG (as in Bahdanau et al. 2015, figure 3): a row for each thing written, a column for each thing
 * read, the darker the more it was looked at.
 *
 * @throws ShapeError where weights and texts do not fit
 * @example
 * const svg = drawAttention({ source: ['a', 'b'], target: ['x'], weights: [[0.9, 0.1]] });
 */
export function drawAttention(map: AttentionMap): string {
  const { source, target, weights } = map;
  const fits =
    weights.length === target.length && weights.every((row) => row.length === source.length);
  if (!fits) {
    throw new ShapeError(
      'drawAttention',
      `needs ${target.length} rows of ${source.length} weights; got ${weights.length} of ${weights[0]?.length ?? 0}`,
    );
  }
  const cells = weights.flatMap((row, i) =>
    row.map((weight, j) => ({ read: j, written: i, weight })),
  );
  const axis = (texts: readonly string[]) => ({
    type: 'band' as const,
    domain: texts.map((_, i) => i),
    tickFormat: (i: number) => shown(texts[i]),
    padding: 0.04,
    ...plainAxis,
  });
  return picture(
    drawn({
      width: Math.min(fullWidth, 110 + 22 * source.length),
      height: 70 + 22 * target.length,
      ...{ marginLeft: 60, marginRight: 20, marginTop: 34, marginBottom: 24 },
      x: { ...axis(source), axis: 'top', label: 'read' },
      y: { ...axis(target), label: 'written' },
      marks: [
        Plot.cell(cells, {
          ...{ x: 'read', y: 'written', fill: 'var(--valid)', fillOpacity: 'weight' },
          title: ({ read, written, weight }) =>
            `${shown(target[written])} looks at ${shown(source[read])}: ${formatNumber(weight)}`,
        }),
        Plot.frame({ strokeOpacity: 0.2 }),
      ],
      opacity: { type: 'identity' },
    }),
    {
      title: `Attention from ${target.join('')} to ${source.join('')}`,
      description: inWords(map),
      legend: [{ words: 'looked at', colour: 'var(--valid)' }],
    },
  );
}

/** A blank as one can see it. */
function shown(text: string): string {
  return text === ' ' ? '␣' : text;
}

function inWords({ source, target, weights }: AttentionMap): string {
  const parts = target.map((text, i) => {
    const most = weights[i].indexOf(Math.max(...weights[i]));
    return `${shown(text)} at ${shown(source[most])} (${most + 1})`;
  });
  return `Each looks most at: ${parts.join(', ')}.`;
}
