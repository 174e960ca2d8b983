import { broken, linesOf } from './records.ts';

/** TSV as registered with IANA (text/tab-separated-values): fields hold neither tabs nor line breaks, and quotes are text. */
export function tsvFields(text: string, name: string): string[][] {
  const fields: string[][] = [];
  for (const [line, number] of linesOf(text)) {
    const row = line.split('\t');
    const expected = fields[0]?.length ?? row.length;
    if (row.length !== expected) {
      broken(name, number, `has ${row.length} fields where the first line has ${expected}`);
    }
    fields.push(row);
  }
  return fields;
}
