import { OptionError } from '@unroll/backend';

/** What is wrong with something, in words; undefined when nothing is. */
export type Problem = string | undefined;

/** Throws one error that lists all that is wrong. */
export function refuse(operation: string, problems: readonly Problem[]): void {
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length === 0) return;
  throw new OptionError(operation, found.join('; '), { problems: found });
}

export function positive(name: string, value: number): Problem {
  return must(value > 0 && value < Infinity, name, 'be above 0 and finite', value);
}

export function notNegative(name: string, value: number): Problem {
  return must(value >= 0 && value < Infinity, name, 'be 0 or above and finite', value);
}

/** A factor of decay: in [0, 1), since 1 would never forget. */
export function decayRate(name: string, value: number): Problem {
  return must(value >= 0 && value < 1, name, 'lie in [0, 1)', value);
}

export function wholeNumber(name: string, value: number, least: number): Problem {
  return must(
    Number.isSafeInteger(value) && value >= least,
    name,
    `be whole and ≥ ${least}`,
    value,
  );
}

export function must(holds: boolean, name: string, rule: string, value: unknown): Problem {
  return holds ? undefined : `${name} must ${rule}; got ${String(value)}`;
}
