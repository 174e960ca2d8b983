import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@unroll/safetensors/node';
import type { TrialOutcome } from './run-trial.ts';
import type { StudyName } from './studies/index.ts';
import type { Trial } from './trial.ts';

/** What a study was told; `--resume` goes by it. */
export interface Order {
  readonly study: StudyName;
  readonly seed: number;
  readonly trials: readonly Trial[];
}

/** Where the parts of a study lie. */
export function runFolder(folder: string) {
  return {
    folder,
    order: join(folder, 'run.json'),
    trials: join(folder, 'trials'),
    checkpoints: join(folder, 'checkpoints'),
    result: join(folder, 'result.json'),
    report: join(folder, 'report.html'),
    pictures: join(folder, 'pictures'),
  };
}

export type RunFolder = ReturnType<typeof runFolder>;

/** Where the checkpoint of a trial lies while it runs. */
export function checkpointOf(run: RunFolder, { name }: Trial): string {
  return join(run.checkpoints, name);
}

/** Keeps what came out of a trial; then its checkpoint is of no more use. */
export async function writeOutcome(run: RunFolder, outcome: TrialOutcome): Promise<void> {
  await mkdir(run.trials, { recursive: true });
  await writeFileAtomic(outcomeFile(run, outcome.trial), `${JSON.stringify(outcome)}\n`);
  await rm(checkpointOf(run, outcome.trial), { recursive: true, force: true });
}

/** What came out of a trial; undefined when it has not come to its end. */
export async function readOutcome(run: RunFolder, trial: Trial): Promise<TrialOutcome | undefined> {
  const text = await readFile(outcomeFile(run, trial), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as TrialOutcome);
}

function outcomeFile(run: RunFolder, { name }: Trial): string {
  return join(run.trials, `${name}.json`);
}
