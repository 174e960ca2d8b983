/** Every Gutenberg file says so in its first lines; a text that merely quotes one does not. */
const greeting = /project gutenberg/i;
const greetingLength = 500;

/** The line before the text, with the book's title in it; in old files it may run over two lines. */
const startLine =
  /^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG EBOOK ?([^*]{0,300}?)\s{0,20}\*\*\*[^\n]*\n?/im;

/** The first line after the text: the licence's greeting in old files, the marker in all. */
const endLine =
  /^(?:End of (?:the |this )?Project Gutenberg|\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG)/im;

const titleLine = /^Title: *(\S[^\r\n]*)/m;

/**
 * A book's text without what Project Gutenberg puts around it. A text whose first 500 characters do not name Project
 * Gutenberg comes back as it is.
 *
 * - It begins at the title in the `*** START OF …` line, title included, as *The Mysterious Island* (no. 1268) is cut in
 *   Raschka, Liu and Mirjalili, *Machine Learning with PyTorch and Scikit-Learn* (2022), chapter 15: 1,112,350 characters,
 *   80 distinct. When that line names no title, it begins after the line.
 * - Without that line it begins where the title of the `Title:` line first stands in capitals.
 * - It ends before the line `End of the Project Gutenberg …` or `*** END OF …`, whichever comes first.
 *
 * @param text with `\n` line ends, as `readText` gives it
 *
 * @example
 * const book = gutenbergText(await readText('1268-0.txt'));
 */
export function gutenbergText(text: string): string {
  if (!greeting.test(text.slice(0, greetingLength))) return text;
  const begin = beginning(text);
  const rest = begin === undefined ? text : text.slice(begin);
  const end = endLine.exec(rest);
  return end === null ? rest : rest.slice(0, end.index);
}

function beginning(text: string): number | undefined {
  const start = startLine.exec(text);
  if (start) {
    const [line, title] = start;
    return start.index + (title === '' ? line.length : line.indexOf(title));
  }
  const title = titleLine.exec(text)?.[1].trim().toUpperCase();
  const capitals = title === undefined ? -1 : text.indexOf(title);
  return capitals < 0 ? undefined : capitals;
}
