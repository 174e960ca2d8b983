import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Facts } from '../protocol.ts';

/** The machine, as a reader of the figures needs to know it. */
export function environment(): Facts {
  return {
    date: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}
