const lines = ['--baseline-1', '--valid', '--baseline-2', '--train', '--baseline-0'];

/** The colour of the i-th line of a chart, as a CSS variable of the page. */
export function lineColour(i: number): string {
  return `var(${lines[i % lines.length]})`;
}
