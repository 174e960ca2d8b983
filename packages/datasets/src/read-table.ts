import { readBytes, type TextSource } from './read-bytes.ts';
import { parseTable, type Table, type TableOptions } from './table/parse-table.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * A table of a URL (fetched), a Blob or File (an upload), or bytes: CSV, TSV or JSON lines, as {@link parseTable} reads
 * them; gzip is unpacked. `readTable` of `@unroll/datasets/node` also takes a path.
 *
 * @throws FileError when it cannot be fetched, unpacked or read, with the line; DataError naming a column that is missing and
 * those that exist
 * @example
 * const { rows } = await readTable(new File(['text,label\nGood fun,1\n'], 'reviews.csv'));
 * console.log(rows[0].text); // Good fun
 */
export async function readTable(source: TextSource, options: TableOptions = {}): Promise<Table> {
  const { bytes, name } = await readBytes('readTable', source);
  return parseTable(decodeUtf8('readTable', bytes, name), { name, ...options });
}
