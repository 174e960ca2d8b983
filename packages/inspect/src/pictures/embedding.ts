import * as Plot from '@observablehq/plot';
import { ShapeError } from '@unroll/backend';
import { principalComponents } from '../dynamics/principal-components.ts';
import { picture } from './picture.ts';
import { drawn, fullWidth } from './plot.ts';

/** Some rows of an embedding. */
export interface EmbeddingMap {
  /** A text for each row, such as its word. */
  readonly labels: readonly string[];
  /** `[rows][features]`. */
  readonly rows: readonly (readonly number[])[];
  /** A kind for each row, which gives its colour; default: all are of one. At most four kinds. */
  readonly kinds?: readonly string[];
}

const colours = ['var(--valid)', 'var(--baseline-1)', 'var(--baseline-2)', 'var(--baseline-0)'];

/**
 * Words where an embedding has put them, as SVG: its rows along their two principal components, the plane in which they
 * differ most.
 *
 * @throws ShapeError where labels, kinds and rows do not fit, or there are fewer than two
 * @example
 * const svg = drawEmbedding({ labels: ['good', 'fine', 'bad'], rows: [[1, 0], [0.9, 0.1], [-1, 0]] });
 */
export function drawEmbedding(map: EmbeddingMap): string {
  const { labels, rows, kinds = labels.map(() => '') } = map;
  if (rows.length < 2 || labels.length !== rows.length || kinds.length !== rows.length) {
    throw new ShapeError(
      'drawEmbedding',
      `needs at least two rows with a label and a kind each; got ${rows.length} rows, ${labels.length} labels and ${kinds.length} kinds`,
    );
  }
  const { places, shares } = principalComponents(rows, 2);
  const names = [...new Set(kinds)];
  const points = places.map(([x, y = 0], i) => ({
    ...{ x, y, label: labels[i] },
    colour: colours[names.indexOf(kinds[i]) % colours.length],
  }));
  const axis = (i: number) => ({
    label: `component ${i + 1} (${Math.round(100 * (shares[i] ?? 0))} % of the variance)`,
    labelAnchor: 'center' as const,
    labelArrow: 'none' as const,
    ticks: 5,
    tickSize: 0,
    inset: 30,
  });
  return picture(
    drawn({
      ...{ width: fullWidth, height: 560 },
      ...{ marginLeft: 60, marginRight: 20, marginTop: 16, marginBottom: 42 },
      x: axis(0),
      y: axis(1),
      marks: [
        Plot.frame({ strokeOpacity: 0.2 }),
        Plot.dot(points, { x: 'x', y: 'y', r: 2.5, fill: 'colour' }),
        Plot.text(withRoom(points), {
          ...{ x: 'x', y: 'y', text: 'label', fill: 'colour', dy: -8, fontSize: 11 },
        }),
      ],
      color: { type: 'identity' },
    }),
    {
      title: 'The embedding, along its two principal components',
      description: inWords(map, places),
      legend: names.length < 2 ? [] : names.map((words, i) => ({ words, colour: colours[i % 4] })),
    },
  );
}

/** Points whose words do not lie over those of earlier ones: the first in the list go first. */
function withRoom<P extends { x: number; y: number; label: string }>(points: readonly P[]): P[] {
  const reach = (values: number[]) => Math.max(...values) - Math.min(...values) || 1;
  const [across, up] = [reach(points.map(({ x }) => x)), reach(points.map(({ y }) => y))];
  const shown: P[] = [];
  for (const point of points) {
    const free = shown.every((other) => {
      const dx = (Math.abs(point.x - other.x) / across) * (fullWidth - 132);
      const dy = (Math.abs(point.y - other.y) / up) * 442;
      return dy > 12 || dx > 3.2 * (point.label.length + other.label.length) + 4;
    });
    if (free) shown.push(point);
  }
  return shown;
}

function inWords({ labels }: EmbeddingMap, places: readonly (readonly number[])[]): string {
  const order = labels.map((_, i) => i).sort((a, b) => places[a][0] - places[b][0]);
  const words = (list: number[]) => list.map((i) => labels[i]).join(', ');
  const few = Math.min(8, Math.ceil(labels.length / 2));
  return `Leftmost: ${words(order.slice(0, few))}. Rightmost: ${words(order.slice(-few).reverse())}.`;
}
