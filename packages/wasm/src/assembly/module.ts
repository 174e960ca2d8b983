import { section, text, unsigned, vector } from './bytes.ts';
import type { FunctionBuilder } from './function.ts';

/** Most pages that a memory may grow to: 4 GiB. */
export const MOST_PAGES = 65_536;

export interface MemoryKind {
  /** Shared between threads. */
  readonly shared: boolean;
}

/** The binary of functions over one imported memory (`env.memory`), exported by their names. */
export function encodeModule(
  functions: readonly FunctionBuilder[],
  { shared }: MemoryKind,
): Uint8Array<ArrayBuffer> {
  const arities = [...new Set(functions.map((fn) => fn.arity))];
  const types = arities.map((n) => [0x60, ...unsigned(n), ...new Array<number>(n).fill(0x7f), 0]);
  const limits = shared ? [3, 0, ...unsigned(MOST_PAGES)] : [1, 0, ...unsigned(MOST_PAGES)];
  const memory = [...text('env'), ...text('memory'), 2, ...limits];
  const exports = functions.map((fn, i) => [...text(fn.name), 0, ...unsigned(i)]);
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((fn) => unsigned(arities.indexOf(fn.arity))))),
    ...section(7, vector(exports)),
    ...section(10, vector(functions.map((fn) => fn.encode()))),
  ]);
}
