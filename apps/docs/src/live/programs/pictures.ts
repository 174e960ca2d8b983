import domino from '@mixmark-io/domino';
import * as Plot from '@observablehq/plot';

/** SVG that Plot draws into a small document, since a worker has none. Colours are CSS variables of the page. */
function drawn(title: string, options: Plot.PlotOptions): string {
  const figure: { outerHTML: string } = Plot.plot({
    document: domino.createDocument('') as unknown as Document,
    ariaLabel: title,
    marginLeft: 48,
    marginBottom: 40,
    style: { fontSize: '13px' },
    ...options,
  });
  const svg = figure.outerHTML.replace(/<style>[^<]*<\/style>/, '');
  return withoutLabels(svg).replace('<svg ', '<svg role="img" style="max-width:100%;height:auto" ');
}

/** Plot labels its groups and frames, which have no role that could have a label; the picture as a whole has one. */
export function withoutLabels(svg: string): string {
  return svg.replaceAll(/<(?!svg)(\w+)([^>]*?) aria-label="[^"]*"/g, '<$1$2');
}

/** A loss at a training step. */
export interface Point {
  readonly step: number;
  readonly loss: number;
}

/** A learning curve, with the loss of guessing as a dashed line. */
export function drawCurve(points: readonly Point[], steps: number, guessing: number): string {
  const last = points[points.length - 1]?.loss ?? guessing;
  return drawn(
    `Loss ${last.toFixed(3)} after ${points.length} of ${steps} points; guessing has ${guessing.toFixed(3)}.`,
    {
      width: 440,
      height: 220,
      x: {
        domain: [0, steps],
        label: 'training step',
        labelArrow: 'none',
        labelAnchor: 'center',
        ticks: 5,
        tickSize: 0,
      },
      y: {
        label: 'loss (dashed: guessing)',
        labelArrow: 'none',
        zero: true,
        grid: true,
        ticks: 4,
        tickSize: 0,
        domain: [0, Math.max(guessing * 1.1, ...points.map(({ loss }) => loss))],
      },
      marks: [
        Plot.ruleY([guessing], { stroke: 'var(--baseline-0)', strokeDasharray: '5 4' }),
        Plot.lineY(points, { x: 'step', y: 'loss', stroke: 'var(--valid)', strokeWidth: 2.5 }),
      ],
    },
  );
}

/** A word and where it lies. */
export interface Place {
  readonly word: string;
  readonly kind: string;
  readonly x: number;
  readonly y: number;
}

const colours = ['var(--valid)', 'var(--baseline-1)', 'var(--baseline-2)', 'var(--train)'];

/** A map of words, those of one kind in one colour. */
export function drawMap(places: readonly Place[], kinds: readonly string[]): string {
  const most = Math.max(1, ...places.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)])) * 1.15;
  const colour = ({ kind }: Place) => colours[kinds.indexOf(kind)];
  return drawn(`Words by their two numbers: ${places.map(inWords).join(', ')}.`, {
    width: 440,
    height: 330,
    x: {
      domain: [-most, most],
      label: 'first number',
      labelArrow: 'none',
      labelAnchor: 'center',
      ticks: 5,
      grid: true,
      tickSize: 0,
    },
    y: {
      domain: [-most, most],
      label: 'second number',
      labelArrow: 'none',
      ticks: 5,
      grid: true,
      tickSize: 0,
    },
    marks: [
      Plot.dot(places, { x: 'x', y: 'y', r: 3.5, fill: colour }),
      ...stacked(places, most).map((words, level) =>
        Plot.text(words, {
          ...{ x: 'x', y: 'y', text: 'word', fill: colour, fontSize: 13 },
          dy: -10 - 13 * level,
        }),
      ),
    ],
  });
}

/** Words one above the other where they lie together: those that stand lowest, those above them, and so on. */
function stacked(places: readonly Place[], most: number): Place[][] {
  const levels: Place[][] = [];
  for (const place of places) {
    const near = (other: Place) => Math.hypot(place.x - other.x, place.y - other.y) < most / 10;
    const free = levels.findIndex((level) => !level.some(near));
    if (free === -1) levels.push([place]);
    else levels[free].push(place);
  }
  return levels;
}

function inWords({ word, x, y }: Place): string {
  return `${word} at ${x.toFixed(1)} and ${y.toFixed(1)}`;
}
