import { FileError } from '@unroll/backend';

/** Rows of as many fields as there are names. */
export interface Records {
  readonly names: readonly string[];
  readonly fields: readonly (readonly string[])[];
}

/** @throws FileError: the table is broken at a line */
export function broken(name: string, line: number | undefined, words: string): never {
  const where = line === undefined ? '' : ` line ${line}:`;
  throw new FileError('readTable', `${name}:${where} ${words}`, { name, line });
}

/** The lines that are not empty, with their numbers from 1. */
export function* linesOf(text: string): Generator<readonly [line: string, number: number]> {
  let number = 1;
  for (const line of text.split('\n')) {
    if (line.trim() !== '') yield [line, number];
    number++;
  }
}
