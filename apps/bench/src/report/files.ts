import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError, FileError } from '@unroll/backend';
import { writeFileAtomic } from '@unroll/safetensors/node';
import type { Facts } from '../protocol.ts';
import type { Findings } from '../suites/suite.ts';

/** Before the hours of a measurement: can its result be written there? @throws FileError if not */
export async function checkFolderOf(option: string, path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() === true) return;
  throw new FileError(option, `${path}: there is no folder ${dirname(path)}; make it first`, {
    path,
  });
}

/**
 * Writes `{ name, metrics, config, environment }`.
 *
 * @throws DataError when a metric is no finite number, which JSON would turn into null in silence
 */
export async function writeJson(
  path: string,
  name: string,
  { metrics, config, notes, peers }: Findings,
  environment: Facts,
): Promise<void> {
  for (const [key, value] of Object.entries(metrics)) {
    if (!Number.isFinite(value)) {
      throw new DataError('--json', `the metric ${key} is ${value}, which JSON cannot hold`, {
        key,
      });
    }
  }
  const result = { name, metrics, config: { ...config, notes }, environment };
  const whole = { ...result, environment: { ...environment, peers } };
  await writeFileAtomic(path, `${JSON.stringify(whole, null, 2)}\n`);
}
