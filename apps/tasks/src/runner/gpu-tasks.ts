import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report } from '@unroll/gpu/testing/report';
import { charlm } from '../charlm/task.ts';
import { schedule } from '../schedule/task.ts';
import type { Task } from './task.ts';
import { runTask } from './testing.ts';

/** How a task ended, and where its result says that it was computed. */
export interface TaskOnGpu {
  readonly code: number;
  readonly lines: string;
  readonly backend: string;
}

const small = ['--quick', '--steps', '2', '--hidden-size', '4'];
const inFolder = (folder: string): readonly (readonly [Task, readonly string[]])[] => [
  [schedule, small],
  [
    charlm,
    [
      ...small,
      ...['--data', join(folder, 'text.txt'), '--out', folder, '--length', '5'],
      ...['--every', '2', '--batch-size', '2', '--window', '8'],
    ],
  ],
];

/** Runs tasks on the GPU, as the command line does. */
report(async (): Promise<Readonly<Record<string, TaskOnGpu>>> => {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-gpu-'));
  try {
    await writeFile(join(folder, 'text.txt'), 'the rain in spain '.repeat(60));
    const found: [string, TaskOnGpu][] = [];
    for (const [task, words] of inFolder(folder)) {
      found.push([task.name, await run(task, words, join(folder, 'out.json'))]);
    }
    return Object.fromEntries(found);
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function run(task: Task, words: readonly string[], file: string): Promise<TaskOnGpu> {
  const { code, out, err } = await runTask(task, [...words, '--device', 'gpu', '--json', file]);
  const { environment } = JSON.parse(
    await readFile(file, 'utf8').catch(() => '{"environment":{}}'),
  );
  return { code, lines: out + err, backend: environment.backend };
}
