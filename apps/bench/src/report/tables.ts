import type { Findings, Table } from '../suites/suite.ts';

/** A table for the terminal: columns of equal width, numbers to the right. */
export function terminalTable({ head, rows }: Table): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column].length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumber(cell) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

/** The same for a page. */
function markdownTable({ head, rows }: Table): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const rule = head.map((_, i) => (rows.some((row) => isNumber(row[i])) ? '--:' : '---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** A suite's figures as a part of a page, with the command that made them and what a reader has to know. */
export function markdownReport(
  command: string,
  { tables, notes, peers }: Findings,
  environment: object,
): string {
  const facts = Object.entries(peers).map(([who, list]) => `- ${who}: ${inWords(list)}`);
  return [
    `\`${command}\``,
    inWords(environment),
    ...tables.map(markdownTable),
    [...notes.map((note) => `- ${note}`), ...facts].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function inWords(facts: object): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function isNumber(cell: string): boolean {
  return /^[\d,.]+( ×)?$/.test(cell);
}
