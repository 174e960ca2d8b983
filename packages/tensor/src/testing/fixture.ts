import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DType, FileError } from '@unroll/backend';
import { tensor } from '../core/create.ts';

interface Encoded {
  dtype: DType;
  shape: readonly number[];
  data: number[];
}

/**
 * A file of expected digits, `fixtures/<name>.json` of the package that a test lies in, made by `scripts/fixtures`. Every
 * `{ dtype, shape, data }` in it comes back as a tensor.
 *
 * @param url `import.meta.url` of the test
 * @throws FileError when neither the test's folder nor one above it has the file
 * @example
 * const { cases } = fixture<{ cases: { x: Tensor }[] }>(import.meta.url, 'layers');
 */
export function fixture<T>(url: string, name: string): T {
  return JSON.parse(readFileSync(find(url, name), 'utf8'), (_key, value: unknown) =>
    isEncoded(value) ? tensor(value.data, value) : value,
  ) as T;
}

function find(url: string, name: string): string {
  const start = fileURLToPath(new URL('.', url));
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, 'fixtures', `${name}.json`);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) {
      throw new FileError('fixture', `there is no fixtures/${name}.json above ${start}`, { name });
    }
  }
}

function isEncoded(value: unknown): value is Encoded {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dtype' in value &&
    'shape' in value &&
    'data' in value
  );
}
