import { DataError, OptionError } from '@unroll/backend';
import { csvFields } from './csv.ts';
import { jsonRecords } from './json-lines.ts';
import type { Records } from './records.ts';
import { tsvFields } from './tsv.ts';

/** `'jsonl'`: one JSON object a line. */
export type TableFormat = 'csv' | 'tsv' | 'jsonl';

export interface TableOptions {
  /** Default: by the end of the name (`.csv`, `.tsv`, `.jsonl` or `.ndjson`, before a `.gz`). */
  format?: TableFormat;
  /** Columns that must exist, and alone are kept. Default: all are kept. */
  columns?: readonly string[];
  /** Whether the first line of CSV and TSV names the columns; without, they are called `'1'`, `'2'`, … Default true. */
  header?: boolean;
  /** How messages call it. Default: its own name, or `text`. */
  name?: string;
}

/** A row: the text in each column. */
export type Row = Readonly<Record<string, string>>;

export interface Table {
  /** The names of the columns, in their order. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

type Parse = (text: string, name: string, header: boolean) => Records | Promise<Records>;

const parsers: Readonly<Record<TableFormat, Parse>> = {
  csv: async (text, name, header) => headed(name, await csvFields(text, name), header),
  tsv: (text, name, header) => headed(name, tsvFields(text, name), header),
  jsonl: jsonRecords,
};

/**
 * A table from its text: CSV as RFC 4180 has it (fields in quotes may hold commas, quotes and line breaks), TSV as it is
 * registered (a line a row, a tab between fields, no quotes), or JSON lines, where a row is an object of texts, numbers
 * and yes or no. Line breaks may be of any kind, mixed too. Everything is given as text.
 *
 * @throws FileError for what cannot be read, with the line; DataError for a table without rows, and for a missing column,
 * naming those that exist; OptionError for a format that cannot be known
 * @example
 * const table = await parseTable('stars\treview\n5\tGood fun\n', { format: 'tsv', columns: ['review'] });
 * console.log(table.rows); // [{ review: 'Good fun' }]
 */
export async function parseTable(text: string, options: TableOptions = {}): Promise<Table> {
  const { name = 'text', header = true } = options;
  const format = options.format ?? formatOf(name);
  const plain = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const parse = parsers[format];
  if (parse === undefined) {
    throw new OptionError(
      'readTable',
      `format must be one of ${Object.keys(parsers).join(', ')}; got ${String(format)}`,
    );
  }
  const records = await parse(plain, name, header);
  if (records.fields.length === 0) {
    throw new DataError(
      'readTable',
      `${name}: has no rows${header ? ' under its first line' : ''}`,
      {
        name,
      },
    );
  }
  return chosen(name, records, options.columns ?? records.names);
}

function formatOf(name: string): TableFormat {
  const [, end = ''] = /\.([a-z]+)(?:\.gz)?(?:[?#].*)?$/i.exec(name) ?? [];
  const format = end.toLowerCase() === 'ndjson' ? 'jsonl' : end.toLowerCase();
  if (format in parsers) return format as TableFormat;
  throw new OptionError(
    'readTable',
    `${name}: its name does not say what it is; give format: one of ${Object.keys(parsers).join(', ')}`,
    { name },
  );
}

/** Rows under the names in the first of them, or under numbers. */
function headed(name: string, fields: Records['fields'], header: boolean): Records {
  const [first = []] = fields;
  if (!header) return { names: first.map((_, i) => String(i + 1)), fields };
  const twice = first.find((column, i) => first.indexOf(column) !== i);
  if (twice !== undefined) {
    throw new DataError(
      'readTable',
      `${name}: two columns are called ${JSON.stringify(twice)}; rename one, or give header: false where the first line is data`,
      { name, column: twice },
    );
  }
  return { names: first, fields: fields.slice(1) };
}

function chosen(name: string, { names, fields }: Records, columns: readonly string[]): Table {
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    const quoted = (list: readonly string[]) => list.map((each) => JSON.stringify(each)).join(', ');
    throw new DataError(
      'readTable',
      `${name}: has no column ${quoted(missing)}; there are ${quoted(names)}`,
      { name, missing, columns: names },
    );
  }
  const places = columns.map((column) => names.indexOf(column));
  const rows = fields.map((row) =>
    Object.fromEntries(columns.map((column, i) => [column, row[places[i]]])),
  );
  return { columns, rows };
}
