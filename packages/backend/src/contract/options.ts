import { OptionError } from './errors.ts';

/** What is wrong with the names of some options: one sentence for each that is not among the keys of `known`. */
export function unknownOptions(options: object, known: object): string[] {
  const names = Object.keys(known);
  return Object.keys(options)
    .filter((name) => !names.includes(name))
    .map((name) => `there is no option '${name}'; the options are ${names.join(', ')}`);
}

/**
 * Refuses options that do not exist, which plain JavaScript would let pass in silence.
 *
 * @param operation - Whose options they are, for the message.
 * @param known - An object with the names that exist as its keys.
 * @throws OptionError listing all that are unknown
 * @example
 * refuseUnknownOptions('Linear', { inputSize: 3 }, { inputSize: true }); // well; with { inputsize: 3 } it throws
 */
export function refuseUnknownOptions(operation: string, options: object, known: object): void {
  const problems = unknownOptions(options, known);
  if (problems.length > 0) throw new OptionError(operation, problems.join('; '), { problems });
}
