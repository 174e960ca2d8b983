import domino from '@mixmark-io/domino';
import { Html, html } from '../html.ts';

/** A colour of the pictures by day and by night; the report's page has the same names. */
const colours: Readonly<Record<string, readonly [day: string, night: string]>> = {
  '--ink': ['#1f2328', '#e8e6e1'],
  '--paper': ['#fbfaf7', '#14171b'],
  '--card': ['#ffffff', '#1b1f25'],
  '--train': ['#4f74a8', '#7f9cc6'],
  '--valid': ['#c2410c', '#fb923c'],
  '--baseline-0': ['#8a8f98', '#949ba6'],
  '--baseline-1': ['#0f766e', '#2dd4bf'],
  '--baseline-2': ['#7c3aed', '#b79bfa'],
};

export interface PictureText {
  /** What the picture shows, for those who cannot see it; also its tooltip. */
  readonly title: string;
  /** Its content in words. */
  readonly description: string;
  /** Words in the colours of the lines, above the drawing. */
  readonly legend?: readonly { readonly words: string; readonly colour: string }[];
}

/** A drawing: SVG elements within a width and a height. */
export interface Drawing {
  readonly content: Html;
  readonly width: number;
  readonly height: number;
}

const lineHeight = 20;

/**
 * A whole SVG of a drawing. As a file it brings its own colours for light and dark; inside a page its text has the page's
 * colour, and its lines have those that the page sets (`--valid`, …) or the ones by day.
 */
export function picture(drawing: Drawing, text: PictureText): string {
  const legend = legendOf(text.legend ?? [], drawing.width);
  const [width, height] = [drawing.width, drawing.height + legend.height];
  const whole = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" fill="currentColor" font-family="system-ui, sans-serif" font-size="12" text-anchor="middle" style="max-width:100%;height:auto">
<title>${text.title}</title>
<desc>${text.description}</desc>
<style>${style}</style>
${legend.content}<g transform="translate(0,${legend.height})">${drawing.content}</g>
</svg>`;
  return withFallbacks(whole.text);
}

/** A picture as a part of a page: HTML needs no name space. */
export function inPage(svg: string): Html {
  return new Html(svg.replace(' xmlns="http://www.w3.org/2000/svg"', ''));
}

/** What Plot has drawn, without the SVG around it. */
export function drawingOf(figure: string): Drawing {
  const svg = domino.createDocument(figure).querySelector('svg');
  const [width, height] = ['width', 'height'].map((name) => Number(svg?.getAttribute(name)));
  const inside = (svg?.innerHTML ?? '').replace(/<style>[\s\S]*?<\/style>/, '');
  return { content: new Html(inside.replace(places, rounded)), width, height };
}

const places = / (?:x|y|width|height|d|cx|cy|transform|fill-opacity)="[^"]*"/g;

/** A tenth of a pixel and a hundredth of an opacity are not seen, but fill the page. */
function rounded(attribute: string): string {
  const digits = attribute.startsWith(' fill-opacity') ? 2 : 1;
  return attribute.replaceAll(/-?\d+\.\d+/g, (x) => String(Number(Number(x).toFixed(digits))));
}

/** `svg:root` is a picture that is a file; inside a page the root is the page. */
const style = new Html(
  `svg:root{${rules(0)}}@media (prefers-color-scheme:dark){svg:root{${rules(1)}}}`,
);

function rules(time: 0 | 1): string {
  const set = Object.entries(colours).map(([name, pair]) => `${name}:${pair[time]}`);
  return [...set, 'color:var(--ink)', 'background:var(--paper)'].join(';');
}

function withFallbacks(text: string): string {
  return text.replaceAll(/var\((--[\w-]+)\)/g, (whole, name) =>
    name in colours
      ? `var(${name},${name === '--paper' ? 'transparent' : colours[name][0]})`
      : whole,
  );
}

/** Words one after another, in as many lines as they need. */
function legendOf(
  items: readonly { readonly words: string; readonly colour: string }[],
  width: number,
): { content: Html; height: number } {
  if (items.length === 0) return { content: html``, height: 0 };
  let [x, line] = [12, 1];
  const placed = items.map(({ words, colour }) => {
    const length = 40 + 6.6 * words.length;
    if (x > 12 && x + length > width) [x, line] = [12, line + 1];
    const y = line * lineHeight - 5;
    const piece = html`<rect x="${x}" y="${y - 8}" width="14" height="8" rx="2" fill="${colour}"/><text x="${x + 20}" y="${y}" text-anchor="start">${words}</text>`;
    x += length;
    return piece;
  });
  return { content: html`<g>${placed}</g>\n`, height: line * lineHeight + 6 };
}
