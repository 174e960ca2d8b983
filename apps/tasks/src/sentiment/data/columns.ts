import { DataError, OptionError } from '@unroll/backend';
import { readTable } from '@unroll/datasets/node';
import type { Review } from './reviews.ts';

/** What a user says of a file: the columns of text and class. */
export interface ColumnNames {
  readonly text: string | undefined;
  readonly label: string | undefined;
}

/**
 * The reviews of a table. Without names of columns they are called text and label; a table of two columns may do without
 * names in its first line, when the class there is one of those below.
 *
 * @throws DataError naming the columns that exist, or the row whose class is empty
 */
export async function readReviews(path: string, { text, label }: ColumnNames): Promise<Review[]> {
  if ((text === undefined) !== (label === undefined)) {
    throw new OptionError('sentiment', 'name both columns: --text and --label');
  }
  const table = await readTable(path, /^[0-9]+$/.test(text ?? '') ? { header: false } : {});
  const names = text !== undefined && label !== undefined ? { text, label } : undefined;
  if (names) return reviewsOf(path, table.rows, names, table.columns);
  if (table.columns.includes('text') && table.columns.includes('label')) {
    return reviewsOf(path, table.rows, { text: 'text', label: 'label' }, table.columns);
  }
  return nameless(path, table.columns);
}

/** Two columns without names: the class is the one whose values come again and again. */
async function nameless(path: string, columns: readonly string[]): Promise<Review[]> {
  const quoted = columns.map((each) => JSON.stringify(each.slice(0, 40))).join(', ');
  const unknown = new DataError(
    'sentiment',
    `${path}: which columns hold text and class? Say --text NAME --label NAME; the first line has ${quoted}`,
    { path, columns },
  );
  if (columns.length !== 2) throw unknown;
  const { rows } = await readTable(path, { header: false });
  const kinds = ['1', '2'].map((column) => new Set(rows.map((row) => row[column])).size);
  const [label, text] = kinds[0] < kinds[1] ? ['1', '2'] : ['2', '1'];
  const again = rows.slice(1).some((row) => row[label] === rows[0][label]);
  if (!again) throw unknown;
  return reviewsOf(path, rows, { text, label }, columns);
}

function reviewsOf(
  path: string,
  rows: readonly Readonly<Record<string, string>>[],
  { text, label }: { readonly text: string; readonly label: string },
  columns: readonly string[],
): Review[] {
  const missing = [text, label].filter((name) => !(name in rows[0]));
  if (missing.length > 0) {
    const list = (names: readonly string[]) => names.map((each) => JSON.stringify(each)).join(', ');
    throw new DataError(
      'sentiment',
      `${path}: has no column ${list(missing)}; there are ${list(columns)}`,
      { path, missing, columns },
    );
  }
  return rows.map((row, i) => {
    if (row[label].trim() === '') {
      throw new DataError('sentiment', `${path}: row ${i + 1} has an empty ${label}`, { path, i });
    }
    // Reviews of web pages bring their line breaks along.
    return { text: row[text].replaceAll(/<br\s*\/?>/gi, ' '), label: row[label].trim() };
  });
}
