import { DataError, OptionError } from '@unroll/backend';

/** Shares of the whole, which sum to 1. Those not given are 0. */
export interface Fractions {
  train?: number;
  valid?: number;
  test?: number;
}

export interface Split<T> {
  readonly train: T;
  readonly valid: T;
  readonly test: T;
}

/**
 * A text, or the ids of one, cut into its first part for training, the next for validation and the last for testing.
 * Contiguous: what a model is judged on, it has not seen. A part whose fraction is 0 is empty.
 *
 * @param whole a text (measured in UTF-16 units; a surrogate pair is never cut) or ids (the parts share its memory)
 * @param fractions default 0.9, 0.05, 0.05
 * @throws OptionError when the fractions do not sum to 1; DataError when a part that was asked for would be empty
 *
 * @example
 * const { train, valid, test } = splitText(text, { train: 0.9, valid: 0.05, test: 0.05 });
 */
export function splitText<T extends string | Int32Array>(
  whole: T,
  fractions: Fractions = { train: 0.9, valid: 0.05, test: 0.05 },
): Split<T> {
  const { train = 0, valid = 0, test = 0 } = fractions;
  checkFractions('splitText', { train, valid, test });
  const first = boundary(whole, train);
  const second = test === 0 ? whole.length : Math.max(first, boundary(whole, train + valid));
  const split = {
    train: part(whole, 0, first),
    valid: part(whole, first, second),
    test: part(whole, second, whole.length),
  };
  for (const [name, fraction] of Object.entries({ train, valid, test })) {
    if (fraction > 0 && split[name as keyof Fractions].length === 0) {
      const words = `${whole.length} characters leave none for ${name} (${fraction}); take a longer text`;
      throw new DataError('splitText', words, { length: whole.length, [name]: fraction });
    }
  }
  return split;
}

/** @throws OptionError unless they are shares that sum to 1 */
export function checkFractions(operation: string, fractions: Required<Fractions>): void {
  const values = Object.values(fractions);
  const sum = values.reduce((total, fraction) => total + fraction, 0);
  if (values.every((fraction) => fraction >= 0) && Math.abs(sum - 1) < 1e-9) return;
  const { train, valid, test } = fractions;
  throw new OptionError(
    operation,
    `train, valid and test must be shares that sum to 1; got ${train} + ${valid} + ${test} = ${sum}`,
    { ...fractions },
  );
}

function boundary(whole: string | Int32Array, share: number): number {
  const at = Math.round(whole.length * share);
  if (typeof whole !== 'string' || at === 0) return at;
  return whole.codePointAt(at - 1)! > 0xffff ? at + 1 : at;
}

function part<T extends string | Int32Array>(whole: T, from: number, to: number): T {
  return (typeof whole === 'string' ? whole.slice(from, to) : whole.subarray(from, to)) as T;
}
