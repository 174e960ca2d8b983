import { OptionError } from '@unroll/backend';

/** What was typed after `pnpm bench <suite>`. */
export interface BenchOptions {
  readonly peers?: readonly string[];
  readonly python?: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly threads?: number;
  readonly rounds?: number;
  readonly only?: string;
}

/** `a,b` → the names, each once. @throws OptionError for none, or an empty one */
export function readNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '' || name.startsWith('--'))) {
    throw new OptionError('--peers', `needs names with commas between; got "${text}"`, { text });
  }
  return [...new Set(names)];
}

/** A whole number from 1. @throws OptionError for anything else */
export function readCount(option: string): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    throw new OptionError(option, `must be a whole number from 1; got "${text}"`, { text });
  };
}

/** A text that is no option. @throws OptionError for one that is */
export function readText(option: string): (text: string) => string {
  return (text) => {
    if (text !== '' && !text.startsWith('--')) return text;
    throw new OptionError(option, `needs a value; got "${text}"`, { text });
  };
}
