import type { KeptResult } from './kept-result.ts';
import { type Show, tasks } from './tasks.ts';

/** The page that shows results, a table for each task. */
export function resultsPage(results: readonly KeptResult[]): string {
  const sections = tasks.flatMap((task) => {
    const own = results.filter((result) => task.shows(result));
    return own.length > 0 ? [section(task, own)] : [];
  });
  const strange = results.find((result) => !tasks.some((task) => task.shows(result)));
  if (strange) throw new Error(`no table shows ${strange.file}, a result of ${strange.name}`);
  return `${[head, ...sections].join('\n\n')}\n`;
}

const head = `# Results

What the [tasks](../apps/tasks/README.md) came to, each row one run. This page is made of the files that \`--json\` writes, kept in
\`docs/results\`, by \`node scripts/results.ts\`; a test looks whether it still says what they say. Seconds
are those from the first reading of the data to the last metric, on a machine that had other work too.`;

function section({ title, about, command, columns }: Show, results: readonly KeptResult[]): string {
  const names = [...columns.map(({ name }) => name), 'seconds'];
  const rows = results.map((result) => [
    ...columns.map(({ cell }) => cell(result)),
    secondsOf(result),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = names.map((_, i) => (i === 0 ? '---' : '--:'));
  return [
    `## ${title}`,
    '',
    about,
    '',
    `\`${command}\``,
    '',
    line(names),
    line(rule),
    ...rows.map(line),
    '',
    `Computed on: ${[...new Set(results.map(machineOf))].join('; ')}.`,
  ].join('\n');
}

/** Unknown of a run that went on from an earlier one's parts. */
function secondsOf({ metrics: { seconds } }: KeptResult): string {
  return seconds < 1 ? '–' : Math.round(seconds).toLocaleString('en-US');
}

function machineOf({ environment }: KeptResult): string {
  const { cpu, threads, date, blas } = environment;
  const native = blas === 'none' ? '' : `, ${String(blas)}`;
  const many = threads === 1 ? '1 thread' : `${String(threads)} threads`;
  return `${String(cpu)}, ${many}${native}, ${String(date).slice(0, 10)}`;
}
