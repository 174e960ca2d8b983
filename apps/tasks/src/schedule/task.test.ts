import { expect, test } from 'vitest';
import { runTask } from '../runner/testing.ts';
import { schedule } from './task.ts';

test('the task prints the network beside what the present day alone can tell', async () => {
  const { code, out } = await runTask(schedule, ['--steps', '2', '--cell', 'gru']);
  expect(code).toBe(0);
  expect(out).toMatch(/^recurrent \(gru\), 200 new patients +\d+\.\d % +\d+\.\d %$/m);
  expect(out).toMatch(/^best that sees only the present day +\d+\.\d % +\d+\.\d %$/m);
});
