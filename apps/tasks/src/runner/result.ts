import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError, FileError } from '@unroll/backend';
import { writeFileAtomic } from '@unroll/safetensors/node';
import type { Json, TaskResult } from './task.ts';

/** The content of a `--json` file. */
interface ResultFile extends TaskResult {
  readonly name: string;
  readonly environment: { readonly [key: string]: Json };
}

/**
 * Looks whether a result can be written to this path: better to hear of a wrong path before the run than after it.
 *
 * @throws FileError when its folder does not exist
 */
export async function checkResultPath(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new FileError('--json', `${path}: there is no folder ${dirname(path)}; make it first`, {
      path,
    });
  }
}

/**
 * Writes a result as JSON, whole or not at all.
 *
 * @throws DataError when a metric is not a finite number (JSON would turn it into null in silence)
 */
export async function writeResult(path: string, result: ResultFile): Promise<void> {
  const { name, metrics, config, environment } = result;
  for (const [key, value] of Object.entries(metrics)) {
    if (!Number.isFinite(value)) {
      throw new DataError('--json', `the metric ${key} is ${value}, which JSON cannot hold`, {
        key,
        value,
      });
    }
  }
  await writeFileAtomic(
    path,
    `${JSON.stringify({ name, metrics, config, environment }, null, 2)}\n`,
  );
}
