import type { MergeMode, Recurrent } from '@unroll/cells';
import { type Html, html } from '../html.ts';
import { picture } from '../pictures/picture.ts';
import { arrow, arrowHeads, box, circle, type Head, type Point, words } from './shapes.ts';
import { symbol } from './symbol.ts';

export interface UnrolledOptions {
  readonly steps: number;
  /** A text for each step's input; default x with its number. */
  readonly inputs?: readonly string[];
}

const column = 118;
const left = 120;
const cellWidth = 64;
const cellHeight = 38;
const aside = 24;

const merges: Readonly<Record<MergeMode, string>> = {
  concat: '[ , ]',
  sum: '+',
  mul: '×',
  average: 'mean',
  none: '',
};

/** A recurrent net unrolled: a column for each step, time to the right, layers upwards. */
export function unrolledDiagram(net: Recurrent, { steps, inputs }: UnrolledOptions): string {
  const heights = net.layers.map((_, i) => layerHeight(net, i));
  const total = heights.reduce((a, b) => a + b, 0);
  const bottom = 44 + total;
  let y = bottom;
  const layers = net.layers.map((_, i) => {
    const drawn = layer(net, i, y, steps);
    y -= heights[i];
    return drawn;
  });
  const columns = Array.from({ length: steps }, (_, i) => {
    const x = xOf(i);
    const input = inputs?.[i] === undefined ? symbol('x', String(i + 1)) : html`${inputs[i]}`;
    return html`${words({ x, y: bottom + 16 }, input, { size: 17, bold: true })}${tops(net, x, i)}`;
  });
  return picture(
    {
      content: html`${arrowHeads}\n${layers}\n<g>${columns}</g>`,
      width: left + column * steps + 60,
      height: bottom + 44,
    },
    { title: `${net.cell.name} unrolled over ${steps} steps`, description: inWords(net, steps) },
  );
}

function xOf(step: number): number {
  return left + column * step + column / 2 - 10;
}

function layerHeight(net: Recurrent, index: number): number {
  const cells = net.bidirectional ? 2 : 1;
  const merged = net.bidirectional && net.mergeMode !== 'none' ? 46 : 0;
  const around = net.connection && index > 0 ? 46 : 0;
  return 44 + cells * 56 + merged + around;
}

/** One layer above `y`, where its input arrives. */
function layer(net: Recurrent, index: number, y: number, steps: number): Html {
  const ahead = y - 34 - cellHeight / 2;
  const back = ahead - 56;
  const rows = [
    row(net, ahead, 'forward', steps),
    net.bidirectional ? row(net, back, 'backward', steps) : html``,
  ];
  const columns = Array.from({ length: steps }, (_, step) =>
    inColumn(net, index, { x: xOf(step), y }, ahead, back),
  );
  const names = [
    words({ x: 12, y: ahead }, `layer ${index}`, { anchor: 'start', bold: true }),
    words({ x: 12, y: ahead + 17 }, net.cell.name, { anchor: 'start', size: 11, soft: true }),
  ];
  return html`<g>${rows}${columns}${names}</g>`;
}

/** The cells of one direction with the states between them. */
function row(net: Recurrent, y: number, direction: 'forward' | 'backward', steps: number): Html {
  const head: Head = direction === 'forward' ? 'state' : 'other';
  const sign = direction === 'forward' ? 1 : -1;
  const shift = net.bidirectional ? -sign * aside : 0;
  const xs = Array.from({ length: steps }, (_, i) => xOf(i) + shift);
  const walk = sign > 0 ? xs : xs.toReversed();
  const half = (sign * cellWidth) / 2;
  const starts = [walk[0] - half - sign * 32, ...walk.map((x) => x + half)];
  const lines = [...walk.map((x) => x - half), walk[walk.length - 1] + half + sign * 30].map(
    (x, i) =>
      arrow(
        [
          { x: starts[i], y },
          { x: x - sign, y },
        ],
        head,
      ),
  );
  const carried = { x: walk[0] - half - sign * 18, y: y - 11 };
  const cells = walk.map(
    (x) => html`${box({ x, y }, cellWidth, cellHeight, head)}${words({ x, y }, 'cell')}`,
  );
  return html`${lines}${cells}${words(carried, net.cell.states.join(', '), { size: 12 })}`;
}

/** The lines of one column: from what arrives into the cells, and from them to what leaves. */
function inColumn(
  net: Recurrent,
  index: number,
  { x, y }: Point,
  ahead: number,
  back: number,
): Html {
  const above = y - layerHeight(net, index);
  const start = { x, y: y - 2 };
  if (!net.bidirectional) {
    const top = { x, y: ahead - cellHeight / 2 };
    return html`${arrow([start, { x, y: ahead + cellHeight / 2 + 2 }])}${leaving(net, index, top, { x, y: above })}`;
  }
  const bend = y - 16;
  const into = [
    arrow([
      start,
      { x, y: bend },
      { x: x - aside, y: bend - 6 },
      { x: x - aside, y: ahead + cellHeight / 2 + 2 },
    ]),
    arrow([
      start,
      { x, y: bend },
      { x: x + aside, y: bend - 6 },
      { x: x + aside, y: back + cellHeight / 2 + 2 },
    ]),
  ];
  const tops = [
    { x: x - aside, y: ahead - cellHeight / 2 },
    { x: x + aside, y: back - cellHeight / 2 },
  ];
  if (net.mergeMode === 'none') {
    return html`${into}${tops.map((top) => arrow([top, { x: top.x, y: above + 6 }]))}`;
  }
  const merge = { x, y: back - cellHeight / 2 - 30 };
  const joined = tops.map((top) =>
    arrow([top, { x: top.x, y: merge.y + 8 }, { x: x + (top.x < x ? -16 : 16), y: merge.y }]),
  );
  const node = html`${circle(merge, 15)}${words(merge, merges[net.mergeMode], { size: 11 })}`;
  return html`${into}${joined}${node}${leaving(net, index, { x, y: merge.y - 15 }, { x, y: above })}`;
}

/** What leaves a layer upwards, with its connection around the layer. */
function leaving(net: Recurrent, index: number, from: Point, to: Point): Html {
  if (!net.connection || index === 0) return arrow([from, { x: to.x, y: to.y + 6 }]);
  const join = { x: from.x, y: from.y - 30 };
  const side = from.x + 50;
  const around = arrow([
    { x: from.x, y: to.y + layerHeight(net, index) - 8 },
    { x: side, y: to.y + layerHeight(net, index) - 12 },
    { x: side, y: join.y + 4 },
    { x: join.x + 16, y: join.y },
  ]);
  const text = net.connection === 'residual' ? '+' : 't';
  return html`${arrow([from, { x: join.x, y: join.y + 15 }])}${around}${circle(join, 15)}${words(join, text)}${arrow(
    [
      { x: join.x, y: join.y - 15 },
      { x: to.x, y: to.y + 6 },
    ],
  )}`;
}

/** What the net gives at a step; of directions that stay apart with their arrows. */
function tops(net: Recurrent, x: number, step: number): Html {
  const [output] = net.cell.states;
  const at = (dx: number, sign: string) =>
    words({ x: x + dx, y: 26 }, html`${sign}${symbol(output, String(step + 1))}`, {
      size: 17,
      bold: true,
    });
  const apart = net.bidirectional && net.mergeMode === 'none';
  return apart ? html`${at(-aside, '→')}${at(aside, '←')}` : at(0, '');
}

function inWords(net: Recurrent, steps: number): string {
  const { layers, bidirectional, mergeMode, connection, cell, hiddenSize } = net;
  const both = bidirectional
    ? ` Each layer has a second direction from the end to the beginning; merge mode ${mergeMode}.`
    : '';
  const around = connection
    ? ` Around each layer but the first there is a ${connection} connection.`
    : '';
  return `${layers.length === 1 ? 'One layer' : `${layers.length} layers`} of ${cell.name} with ${hiddenSize} units at ${steps} steps: each cell reads its input from below and ${cell.states.join(' and ')} from the step before.${both}${around}`;
}
