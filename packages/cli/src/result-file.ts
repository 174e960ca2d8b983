import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError, FileError } from '@unroll/backend';
import { writeFileAtomic } from '@unroll/safetensors/node';

/** A value that JSON can hold. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** The content of a `--json` file. */
export interface Result {
  readonly name: string;
  /** Numbers under dotted names: `valid.natsPerChar`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** What was measured, and with what. */
  readonly config: { readonly [key: string]: Json };
  /** Where. */
  readonly environment: { readonly [key: string]: Json };
}

/**
 * Looks whether a file can be written to this path: better to hear of a wrong path before the run than after it.
 *
 * @param option who asks: `--json`
 * @throws FileError when its folder does not exist
 */
export async function checkFolderOf(option: string, path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() === true) return;
  throw new FileError(option, `${path}: there is no folder ${dirname(path)}; make it first`, {
    path,
  });
}

/**
 * Writes a result as JSON, whole or not at all.
 *
 * @throws DataError when a metric is not a finite number (JSON would turn it into null in silence)
 */
export async function writeResult(path: string, result: Result): Promise<void> {
  const { name, metrics, config, environment } = result;
  for (const [key, value] of Object.entries(metrics)) {
    if (Number.isFinite(value)) continue;
    throw new DataError('--json', `the metric ${key} is ${value}, which JSON cannot hold`, {
      key,
      value,
    });
  }
  const text = JSON.stringify({ name, metrics, config, environment }, null, 2);
  await writeFileAtomic(path, `${text}\n`);
}
