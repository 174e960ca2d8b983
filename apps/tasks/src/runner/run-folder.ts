import { mkdir, readFile, rm } from 'node:fs/promises';
import { FileError } from '@unroll/backend';
import { writeFileAtomic } from '@unroll/safetensors/node';

/** Where the parts of a run lie: its folder, what it was told, and what it leaves there. */
export interface RunPaths {
  readonly folder: string;
  /** What the run was told; `--resume` goes by it. */
  readonly order: string;
  readonly [part: string]: string;
}

/** Makes the folder ready for a new run; what an earlier one left there is removed. */
export async function beginRun(run: RunPaths, order: object): Promise<void> {
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
export async function readOrder<Order>(run: RunPaths): Promise<Order> {
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
