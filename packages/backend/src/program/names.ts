import { AUTOMATIC } from './draft.ts';
import type { Program, Value } from './program.ts';
import { isSource } from './rules.ts';

/** Whether a value has a name that its author gave, as against one that numbers it. */
export function isNamed({ name }: Value): boolean {
  return !name.startsWith(AUTOMATIC);
}

/** The names of what a program computes that its author gave, in the order of the equations. */
export function namedValues({ values }: Program): string[] {
  return values.filter((value) => !isSource(value) && isNamed(value)).map(({ name }) => name);
}
