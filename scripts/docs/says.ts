/** What can be asked for its values. */
interface Readable {
  readonly shape: readonly number[];
  toArray(): Promise<unknown>;
}

/**
 * Fails unless a value, or its shape, is what a comment in the documentation says it is. Numbers agree to
 * the digits that the comment prints.
 */
export async function says(value: unknown, comment: string): Promise<void> {
  const said: unknown = JSON.parse(comment.replaceAll("'", '"'));
  const given = isReadable(value) ? await value.toArray() : value;
  if (agree(given, said, comment)) return;
  if (isReadable(value) && agree(value.shape, said, comment)) return;
  const what = JSON.stringify(given, (_, part) => (ArrayBuffer.isView(part) ? listOf(part) : part));
  throw new Error(`the comment says ${comment}, the program gives ${what}`);
}

function isReadable(value: unknown): value is Readable {
  return typeof value === 'object' && value !== null && 'toArray' in value && 'shape' in value;
}

function listOf(value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
}

function agree(given: unknown, said: unknown, comment: string): boolean {
  const value = listOf(given);
  if (Array.isArray(value) && Array.isArray(said)) {
    return value.length === said.length && value.every((v, i) => agree(v, said[i], comment));
  }
  if (typeof value === 'number' && typeof said === 'number') {
    return Math.abs(value - said) <= lastDigit(said);
  }
  return value === said;
}

/** Half the last digit of a number as it is printed, and at least the rounding of float32. */
function lastDigit(x: number): number {
  const digits = /\.(\d+)$/.exec(String(x))?.[1].length ?? 0;
  return Math.max(digits === 0 ? 0 : 0.5001 * 10 ** -digits, 2.4e-7 * Math.abs(x), 1e-7);
}
