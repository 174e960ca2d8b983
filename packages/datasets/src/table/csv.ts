import { broken } from './records.ts';

const reasons: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and not closed; is the file cut off?',
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'has another number of fields than the first line',
};

/** CSV through csv-parse, which is loaded when a CSV is read. A quote where none belongs is text, as people write it. */
export async function csvFields(text: string, name: string): Promise<string[][]> {
  const { parse } = await import('csv-parse/browser/esm/sync');
  try {
    return parse(text, { relax_quotes: true, skip_empty_lines: true });
  } catch (cause) {
    const { code = '', lines, message } = cause as { code?: string; lines?: number } & Error;
    broken(name, lines, reasons[code] ?? message);
  }
}
