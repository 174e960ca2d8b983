import { OptionError } from '@unroll/backend';

/** Refuses a value of an option that is none of the choices. */
export function needChoice(
  operation: string,
  option: string,
  value: string,
  choices: readonly string[],
): void {
  if (choices.includes(value)) return;
  const names = choices.map((choice) => `'${choice}'`).join(', ');
  throw new OptionError(operation, `${option} must be one of ${names}; got ${value}`, {
    [option]: value,
  });
}
