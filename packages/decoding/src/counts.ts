import { OptionError } from '@unroll/backend';

/** @throws OptionError listing all that are no whole numbers from 1 on */
export function needCounts(operation: string, counts: Readonly<Record<string, number>>): void {
  const wrong = Object.entries(counts).filter(([, n]) => !Number.isInteger(n) || n < 1);
  if (wrong.length === 0) return;
  const words = wrong.map(([name, n]) => `${name} must be a whole number of at least 1; got ${n}`);
  throw new OptionError(operation, words.join('; '), { ...counts });
}

/** @throws OptionError for a length that is neither a whole number nor without end */
export function needLength(operation: string, length: number): void {
  if (length === Number.POSITIVE_INFINITY || (Number.isInteger(length) && length >= 0)) return;
  throw new OptionError(operation, `length must be a whole number ≥ 0; got ${length}`, { length });
}
