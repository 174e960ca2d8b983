import type { Shape } from '@unroll/backend';
import type { Module } from './module.ts';

export interface SummaryRow {
  /** Dotted path. */
  readonly name: string;
  readonly shape: Shape;
  /** Numbers in it. */
  readonly count: number;
  /** Whether it gets a gradient. */
  readonly trainable: boolean;
}

/** The parameters of a model as data, and as a table by `toString()`. */
export class Summary {
  readonly rows: readonly SummaryRow[];

  constructor(rows: readonly SummaryRow[]) {
    this.rows = rows;
  }

  /** Numbers in all parameters. */
  get total(): number {
    return this.rows.reduce((n, row) => n + row.count, 0);
  }

  /** Numbers that training changes. */
  get trainable(): number {
    return this.rows.reduce((n, row) => n + (row.trainable ? row.count : 0), 0);
  }

  toString(): string {
    const lines = [
      ['parameter', 'shape', 'count'],
      ...this.rows.map(({ name, shape, count, trainable }) => [
        trainable ? name : `${name} (frozen)`,
        `[${shape.join(', ')}]`,
        grouped(count),
      ]),
      ['total', '', grouped(this.total)],
    ];
    if (this.trainable < this.total) lines.push(['trainable', '', grouped(this.trainable)]);
    const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column].length)));
    return lines
      .map(([name, shape, count]) =>
        [name.padEnd(widths[0]), shape.padEnd(widths[1]), count.padStart(widths[2])].join('  '),
      )
      .join('\n');
  }
}

/**
 * Names, shapes and counts of a model's parameters; tied ones are counted once.
 *
 * @example
 * console.log(String(summary(new Linear({ inputSize: 3, outputSize: 4 }))));
 * // parameter  shape   count
 * // W          [3, 4]     12
 * // b          [4]         4
 * // total                 16
 */
export function summary(model: Module): Summary {
  const rows = [...model.namedParameters()].map(([name, x]) => ({
    name,
    shape: x.shape,
    count: x.size,
    trainable: x.requiresGrad,
  }));
  return new Summary(rows);
}

/** 1234567 → 1,234,567, whatever the machine's language. */
function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
