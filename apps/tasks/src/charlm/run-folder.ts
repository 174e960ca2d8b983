import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '@unroll/backend';
import { writeFileAtomic } from '@unroll/safetensors/node';
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

/** Makes the folder ready for a new run; what an earlier one left there is removed. */
export async function beginRun(run: RunFolder, order: Order): Promise<void> {
  const { folder, ...parts } = run;
  await orFileError(folder, async () => {
    await mkdir(folder, { recursive: true });
    for (const part of Object.values(parts)) await rm(part, { recursive: true, force: true });
  });
  await writeFileAtomic(run.order, `${JSON.stringify(order, null, 2)}\n`);
}

/**
 * What the run in this folder was told.
 *
 * @throws FileError when there is none
 */
export async function readOrder(run: RunFolder): Promise<Order> {
  const text = await readFile(run.order, 'utf8').catch((cause: unknown) => {
    throw new FileError(
      '--resume',
      `there is no run in ${run.folder}; start one without --resume`,
      { ...run },
      cause,
    );
  });
  try {
    return JSON.parse(text) as Order;
  } catch (cause) {
    throw new FileError(
      '--resume',
      `${run.order} is broken; start anew without --resume`,
      { ...run },
      cause,
    );
  }
}

async function orFileError(folder: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const { message } = cause as Error;
    throw new FileError('--out', `${folder} cannot be written: ${message}`, { folder }, cause);
  }
}
