import { OptionError } from '@unroll/backend';
import type { Adapter } from './peers/peer.ts';

/** What was typed after `pnpm bench <suite>`. */
export interface BenchOptions {
  readonly peers?: readonly string[];
  readonly python?: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly threads?: number;
  readonly rounds?: number;
  readonly only?: string;
  readonly adapter?: Adapter;
}

/** `a,b` → the names, each once. @throws OptionError for none, or an empty one */
export function readNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '' || name.startsWith('--'))) {
    throw new OptionError('--peers', `needs names with commas between; got "${text}"`, { text });
  }
  return [...new Set(names)];
}

/** @throws OptionError for a GPU that is neither in software nor the machine's own */
export function readAdapter(text: string): Adapter {
  if (text === 'software' || text === 'hardware') return text;
  throw new OptionError('--adapter', `must be software or hardware; got "${text}"`, { text });
}
