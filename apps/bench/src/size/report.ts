import type { Table } from '../suites/suite.ts';
import { budgets, type Entry, type ProgramName } from './entries.ts';
import { byFolder, type Size } from './measure.ts';

export interface Measured {
  readonly entry: Entry;
  readonly size: Size;
}

/** Numbers under `size.<program>.<who>.<unit>`. */
export function metricsOf(measured: readonly Measured[]): Record<string, number> {
  return Object.fromEntries(
    measured.flatMap(({ entry: { program, who }, size }) => [
      [`size.${program}.${who}.gzipBytes`, size.gzipBytes],
      [`size.${program}.${who}.minifiedBytes`, size.bytes],
    ]),
  );
}

/** A row for each entry. 1 kB = 1,000 bytes. */
export function sizesTable(measured: readonly Measured[]): Table {
  return {
    head: ['program', 'who', 'minified kB', 'gzipped kB', 'goal', 'limit'],
    rows: measured.map(({ entry: { program, who }, size }) => {
      const { goal, limit } = budgets[program];
      const bounds = who === 'unroll' ? [kB(goal), kB(limit)] : ['', ''];
      return [program, who, kB(size.bytes), kB(size.gzipBytes), ...bounds];
    }),
  };
}

/** What ours are made of: minified kB of every folder, in each program. */
export function partsTable(measured: readonly Measured[]): Table {
  const programs = measured.map(({ entry }) => entry.program);
  const columns = measured.map(({ size }) => new Map(byFolder(size.sources)));
  const folders = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  const largest = (name: string) => Math.max(...columns.map((column) => column.get(name) ?? 0));
  folders.sort((a, b) => largest(b) - largest(a));
  return {
    head: ['part', ...programs],
    rows: folders.map((name) => [name, ...columns.map((column) => kB(column.get(name) ?? 0))]),
  };
}

/** A sentence for each of ours that has become larger than it may be. */
export function excesses(measured: readonly Measured[]): string[] {
  return measured
    .filter(({ entry, size }) => entry.who === 'unroll' && size.gzipBytes > limitOf(entry.program))
    .map(
      ({ entry: { program }, size }) =>
        `${program} is ${kB(size.gzipBytes)} kB gzipped, more than its ${kB(limitOf(program))}. ` +
        '`pnpm size --parts` says what it is made of; the limits are in apps/bench/src/size/entries.ts.',
    );
}

function limitOf(program: ProgramName): number {
  return budgets[program].limit;
}

function kB(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
