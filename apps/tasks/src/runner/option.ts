import { OptionError } from '@unroll/backend';
import { type CountRange, readCount, readText } from '@unroll/cli';

/**
 * One command-line option. `value` is how its value is written in the help (`PATH`; in brackets when it may be left
 * out; absent for a flag), `fallback` what a task sees when the option is not given, and `read` turns what was typed
 * into a value or throws an `OptionError` that says what is allowed.
 */
export interface Option<T> {
  readonly value?: string;
  readonly summary: string;
  readonly fallback: T;
  read(text: string, name: string): T;
}

/** Options under the names they have in code: `{ maxSteps: … }` is `--max-steps`. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** What a task gets for its options. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

/** Given or not given. */
export function flag(summary: string): Option<boolean> {
  return { summary, fallback: false, read: () => true };
}

/** A text that is not empty and not itself an option. */
export function text(value: string, summary: string): Option<string | undefined> {
  return {
    value,
    summary,
    fallback: undefined,
    read: (typed, name) => readText(name, typed, value),
  };
}

/** More words than these stand in the help's explanation instead of beside the option's name. */
const fewWords = 6;

/** One of several words. */
export function choice<Word extends string, F extends Word | undefined>(
  words: readonly Word[],
  summary: string,
  fallback: F,
): Option<Word | F> {
  const read = (typed: string, name: string): Word => {
    const word = words.find((each) => each === typed);
    if (word === undefined) {
      throw new OptionError(name, `must be one of ${words.join(', ')}; got "${typed}"`, {
        typed,
        words,
      });
    }
    return word;
  };
  return words.length <= fewWords
    ? { value: words.join('|'), summary, fallback, read }
    : { value: 'NAME', summary: `${summary}: ${words.join(', ')}`, fallback, read };
}

/** How many, or how long: a whole number from 1 on. A task has its own default. */
export function size(summary: string): Option<number | undefined> {
  return count('N', summary, undefined, { min: 1 });
}

/** A whole number from `min` to `max`. */
export function count<F extends number | undefined>(
  value: string,
  summary: string,
  fallback: F,
  range: CountRange = {},
): Option<number | F> {
  return { value, summary, fallback, read: (typed, name) => readCount(name, typed, range) };
}
