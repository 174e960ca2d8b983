import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** What a run was told; `--resume` goes by it. */
export interface Order {
  readonly settings: Settings;
  readonly seed: number;
  /** The path given with `--data`; null for the embedded corpus. */
  readonly data: string | null;
}

/** Where the parts of a run lie. */
export function runFolder(folder: string) {
  return {
    folder,
    order: join(folder, 'run.json'),
    checkpoint: join(folder, 'checkpoint'),
    model: join(folder, 'model'),
    sample: join(folder, 'sample.txt'),
    result: join(folder, 'result.json'),
    report: join(folder, 'report.html'),
  };
}

export type RunFolder = ReturnType<typeof runFolder>;
