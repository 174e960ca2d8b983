import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tasks } from './tasks.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

function run(...words: string[]) {
  return promisify(execFile)(process.execPath, ['--conditions=@unroll/source', main, ...words]);
}

describe('the program behind pnpm task', () => {
  test('lists every task on one line', async () => {
    const { stdout } = await run();
    for (const { name, summary } of tasks) {
      expect(stdout.split('\n').filter((line) => line.includes(summary))).toHaveLength(1);
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
  });

  test('ends with exit code 1 and one line for a task that does not exist', async () => {
    const failure = await run('charml').catch((error: { code: number; stderr: string }) => error);
    expect(failure).toMatchObject({
      code: 1,
      stderr: "unknown command 'charml' (Did you mean charlm?)\n",
    });
  });
});
