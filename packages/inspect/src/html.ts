/** A piece of HTML that is safe to put into a page as it stands. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Hole = Html | string | number | readonly Html[];

/**
 * HTML from a template. What stands in a hole is escaped, unless it is `Html` already (or a list of it).
 *
 * @example
 * html`<p>${'a < b'}</p>`.text; // <p>a &lt; b</p>
 */
export function html(strings: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  return new Html(strings.reduce((page, string, i) => page + fill(holes[i - 1]) + string));
}

function fill(hole: Hole): string {
  if (hole instanceof Html) return hole.text;
  if (typeof hole === 'object') return hole.map(({ text }) => text).join('');
  return escaped(String(hole));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Also turns control characters, which HTML does not allow, into their pictures (U+2400 …): ␀, ␛. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character])
    .replace(/[^\P{Cc}\t\n\r]/gu, (character) => {
      const code = character.codePointAt(0) as number;
      return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '\ufffd';
    });
}
