import { formatValue } from './format.ts';
import { type Html, html } from './html.ts';
import { style } from './style.ts';

/** A whole page around its content. */
export function pageOf(title: string, content: readonly Html[]): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Unroll</title>
<style>${style}</style>
</head>
<body>
<main>
${content.map((part) => html`${part}\n`)}<footer>Made by Unroll. This page needs nothing but itself.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

/** The top of a report: its kind, its name, one line under it, and what is to be seen first. */
export function headerOf(
  kind: string,
  { title, subtitle }: { readonly title: string; readonly subtitle?: string },
  more: Html = html``,
): Html {
  return html`<header>
<p class="eyebrow"><span class="mark"><i></i><i></i><i></i></span>${kind}</p>
<h1>${title}</h1>
${subtitle === undefined ? '' : html`<p class="subtitle">${subtitle}</p>`}
${more}
</header>`;
}

/** Names with values, one line each; nothing when there are none. */
export function valueTable(title: string, rows: readonly (readonly [string, string])[]): Html {
  if (rows.length === 0) return html``;
  const lines = rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`,
  );
  return html`<section><h2>${title}</h2><table><tbody>
${lines}</tbody></table></section>`;
}

export function plainValues(
  values: Readonly<Record<string, unknown>>,
): (readonly [string, string])[] {
  return Object.entries(values).map(([name, value]) => [name, formatValue(value)] as const);
}
