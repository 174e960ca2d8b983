import { availableParallelism, cpus } from 'node:os';
import { currentBackend } from '@unroll/tensor';
import type { Json } from './task.ts';

/** Where a run took place: what a reader of its numbers needs to know about the machine. */
export function environment(): { readonly [key: string]: Json } {
  const { name, describe } = currentBackend();
  const chosen = Object.entries(describe?.() ?? {}).map(([fact, { value }]) => [fact, value]);
  return {
    date: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    backend: name,
    ...Object.fromEntries(chosen),
  };
}
