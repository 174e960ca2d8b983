import { IndexError } from '@unroll/backend';
import type { Numbers } from './rows.ts';

export interface TableOptions {
  /** Which sequence of the batch, from 0; default the first. */
  readonly sequence?: number;
  /** How many units of each value are shown; default 3. */
  readonly units?: number;
  /** Which values, by their symbols; default all. */
  readonly values?: readonly string[];
}

/** Values of one sequence as text: a line for each step, a column for each value. */
export function table(
  title: string,
  read: Readonly<Record<string, Numbers>>,
  { sequence = 0, units = 3, values = Object.keys(read) }: TableOptions,
): string {
  need(title, 'value', values, Object.keys(read));
  const columns = values.map((name) => {
    const steps = read[name][sequence];
    need(title, 'sequence', [sequence], [...read[name].keys()]);
    return aligned([name, ...steps.map((row) => cell(row, units))]);
  });
  const steps = columns[0]?.length ?? 0;
  const time = aligned(Array.from({ length: steps }, (_, t) => (t === 0 ? 't' : String(t))));
  const lines = Array.from({ length: steps }, (_, t) =>
    [time, ...columns].map((column) => column[t]).join('  '),
  );
  return [`${title}, sequence ${sequence}`, ...lines.map((line) => line.trimEnd())].join('\n');
}

function cell(row: readonly number[], units: number): string {
  const shown = row.slice(0, units).map((x) => `${x < 0 ? '' : ' '}${x.toFixed(3)}`);
  return [...shown, ...(row.length > units ? ['…'] : [])].join(' ');
}

/** All as wide as the widest. */
function aligned(texts: readonly string[]): string[] {
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => text.padEnd(width));
}

function need<T>(title: string, what: string, wanted: readonly T[], there: readonly T[]): void {
  const missing = wanted.filter((x) => !there.includes(x));
  if (missing.length === 0) return;
  throw new IndexError(
    title,
    `has no ${what} ${missing.join(', ')}; there are ${there.join(', ')}`,
  );
}
