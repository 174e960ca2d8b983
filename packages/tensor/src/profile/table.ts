import { gflopsOf, type ProfileEntry, type ProfileRow } from './entry.ts';

/** Rows below this share of the time stand together in one line. */
const SMALL = 0.005;

const heads = ['calls', 'ms', 'share', 'GFLOP/s', 'bytes'] as const;

/** A line of the table: a name, and a text or nothing under each head. */
type Line = readonly [name: string, ...cells: string[]];

/** Rows, the time that passed altogether and that in kernels, both in milliseconds. */
export interface Timed {
  readonly rows: readonly ProfileRow[];
  readonly time: number;
  readonly kernelTime: number;
}

/** A profile as a table, for a terminal. */
export function tableOf({ rows, time, kernelTime }: Timed): string {
  const small = rows.filter((row) => row.time < SMALL * time);
  const shown = small.length > 1 ? rows.filter((row) => !small.includes(row)) : rows;
  const others = small.length > 1 ? [line(together(small), time, `${small.length} others`)] : [];
  const outside = Math.max(0, time - kernelTime);
  return layOut([
    ['operation', ...heads],
    ...shown.flatMap((row) => linesOf(row, time)),
    ...others,
    ['outside of kernels', '', milliseconds(outside, time), share(outside, time), '', ''],
    ['all', '', milliseconds(time, time), share(time, time), '', ''],
  ]);
}

function linesOf(row: ProfileRow, time: number): Line[] {
  const last = row.stages.length - 1;
  const stages = row.stages.map((stage, i) =>
    line(stage, time, `${i < last ? '├' : '└'} ${stage.name}`),
  );
  return [line(row, time), ...stages];
}

function line(entry: ProfileEntry, all: number, name = entry.name): Line {
  const { calls, time, gflops, bytes } = entry;
  const speed = gflops > 0 ? gflops.toFixed(1) : '';
  return [name, String(calls), milliseconds(time, all), share(time, all), speed, byteText(bytes)];
}

function together(rows: readonly ProfileRow[]): ProfileEntry {
  const total = (of: (row: ProfileRow) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  const [time, flops] = [total((row) => row.time), total((row) => row.flops)];
  return {
    name: 'others',
    calls: total((row) => row.calls),
    time,
    flops,
    gflops: gflopsOf(flops, time),
    bytes: total((row) => row.bytes),
  };
}

/** As many digits in all lines, so that the points stand below each other. */
function milliseconds(time: number, all: number): string {
  return time.toFixed(all < 100 ? 2 : 1);
}

function share(part: number, all: number): string {
  return `${(all > 0 ? (100 * part) / all : 0).toFixed(1)} %`;
}

function byteText(bytes: number): string {
  if (bytes === 0) return '';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const scaled = bytes / 1000 ** power;
  return `${scaled.toFixed(power > 0 && scaled < 9.95 ? 1 : 0)} ${units[power].padEnd(2)}`;
}

/** Names to the left, numbers to the right; rules under the head and above what is outside. */
function layOut(lines: readonly Line[]): string {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((cells) => cells[i].length)));
  const texts = lines.map((cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('   ')
      .trimEnd(),
  );
  const rule = '─'.repeat(Math.max(...texts.map((text) => text.length)));
  return [texts[0], rule, ...texts.slice(1, -2), rule, ...texts.slice(-2)].join('\n');
}
