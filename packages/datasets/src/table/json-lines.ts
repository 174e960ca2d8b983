import { broken, linesOf, type Records } from './records.ts';

/** JSON lines: the columns are those of all rows together; what a row does not have is an empty text. */
export function jsonRecords(text: string, name: string): Records {
  const rows: Map<string, string>[] = [];
  const names = new Set<string>();
  for (const [line, number] of linesOf(text)) {
    const row = new Map<string, string>();
    for (const [column, value] of Object.entries(objectOf(line, name, number))) {
      if (typeof value === 'object' && value !== null) continue;
      names.add(column);
      row.set(column, value === null ? '' : String(value));
    }
    rows.push(row);
  }
  const columns = [...names];
  return { names: columns, fields: rows.map((row) => columns.map((each) => row.get(each) ?? '')) };
}

function objectOf(line: string, name: string, number: number): object {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    broken(name, number, `is no JSON: ${(cause as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  broken(name, number, 'must be an object, such as {"text": "Good fun", "label": 1}');
}
