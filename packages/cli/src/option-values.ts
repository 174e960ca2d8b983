import { OptionError } from '@unroll/backend';

export interface CountRange {
  /** Default 0. */
  readonly min?: number;
  readonly max?: number;
}

/** A whole number in a range, from what was typed. @throws OptionError for anything else */
export function readCount(
  option: string,
  typed: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: CountRange = {},
): number {
  const number = /^[0-9]+$/.test(typed) ? Number(typed) : Number.NaN;
  if (number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new OptionError(option, `must be a whole number ${range}; got "${typed}"`, {
    typed,
    min,
    max,
  });
}

/**
 * A text that is not empty and not itself an option.
 *
 * @param value what stands for it in the help: `PATH`
 * @throws OptionError for one that is
 */
export function readText(option: string, typed: string, value: string): string {
  if (typed !== '' && !/^--[a-z]/.test(typed)) return typed;
  throw new OptionError(option, `needs a value; write ${option} ${value}`, { typed });
}
