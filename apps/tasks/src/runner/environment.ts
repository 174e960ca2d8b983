import { type Json, machine } from '@unroll/cli';
import { currentBackend } from '@unroll/tensor';

/** Where a run took place, and what computed it. */
export function environment(): { readonly [key: string]: Json } {
  const { name, describe } = currentBackend();
  const chosen = Object.entries(describe?.() ?? {}).map(([fact, { value }]) => [fact, value]);
  return { ...machine(), backend: name, ...Object.fromEntries(chosen) };
}
