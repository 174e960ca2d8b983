import { type Json, machine } from '@unroll/cli';
import { currentAuto, currentBackend } from '@unroll/tensor';

/** Where a run took place, and what computed it. */
export function environment(): { readonly [key: string]: Json } {
  const { name, describe } = currentBackend();
  const chosen = Object.entries(describe?.() ?? {}).map(([fact, { value }]) => [fact, value]);
  const runs = currentAuto()?.choices.map((each) => [`auto ${each.run}`, each.backend]) ?? [];
  return { ...machine(), backend: name, ...Object.fromEntries([...chosen, ...runs]) };
}
