import { type Html, html } from '../html.ts';

/** A place in the picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

const stateColour = 'var(--baseline-1)';
const otherColour = 'var(--valid)';

/** Arrow heads, to be referred to by the id of their colour. */
export const arrowHeads = html`<defs>${[
  ['plain', 'currentColor'],
  ['state', stateColour],
  ['other', otherColour],
].map(
  ([id, colour]) =>
    html`<marker id="unroll-${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="${colour}"/></marker>`,
)}</defs>`;

export type Head = 'plain' | 'state' | 'other';

const strokes: Readonly<Record<Head, string>> = {
  plain: 'currentColor',
  state: stateColour,
  other: otherColour,
};

/** A line with an arrow at its end, rounded at the points between. */
export function arrow(points: readonly Point[], head: Head = 'plain'): Html {
  const width = head === 'plain' ? 1.3 : 2;
  const opacity = head === 'plain' ? 0.75 : 1;
  return html`<path d="${smooth(points)}" fill="none" stroke="${strokes[head]}" stroke-width="${width}" opacity="${opacity}" marker-end="url(#unroll-${head})"/>`;
}

/** A rounded box around a centre. */
export function box({ x, y }: Point, width: number, height: number, head: Head = 'plain'): Html {
  const [left, top] = [x - width / 2, y - height / 2].map(short);
  const isPlain = head === 'plain';
  return html`<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="7" fill="${strokes[head]}" fill-opacity="${isPlain ? 0.06 : 0.16}" stroke="${strokes[head]}" stroke-opacity="${isPlain ? 0.6 : 1}" stroke-width="1.4"/>`;
}

export function circle({ x, y }: Point, radius: number): Html {
  return html`<circle cx="${short(x)}" cy="${short(y)}" r="${radius}" fill="currentColor" fill-opacity="0.06" stroke="currentColor" stroke-opacity="0.6" stroke-width="1.4"/>`;
}

export interface WordOptions {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  readonly soft?: boolean;
}

/** Text around a point, a little below its middle. */
export function words({ x, y }: Point, content: Html | string, options: WordOptions = {}): Html {
  const { size = 13, anchor = 'middle', bold = false, soft = false } = options;
  const weight = bold ? 600 : 400;
  return html`<text x="${short(x)}" y="${short(y + size / 3)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" opacity="${soft ? 0.75 : 1}">${content}</text>`;
}

function smooth(points: readonly Point[]): string {
  const at = ({ x, y }: Point) => `${short(x)} ${short(y)}`;
  const [first, ...rest] = points;
  const last = rest[rest.length - 1];
  const bends = rest.slice(0, -1).map((point, i) => {
    const next = rest[i + 1];
    const end = next === last ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${at(point)} ${at(end)}`;
  });
  return `M${at(first)}${bends.length > 0 ? bends.join('') : `L${at(last)}`}`;
}

/** Whole numbers and at most one digit after the point. */
function short(x: number): number {
  return Math.round(10 * x) / 10;
}
