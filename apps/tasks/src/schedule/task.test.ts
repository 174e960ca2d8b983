import { expect, test } from 'vitest';
import { commandLine } from '../runner/command-line.ts';
import { schedule } from './task.ts';

test('the task prints the network beside what the present day alone can tell', async () => {
  let out = '';
  const outside = {
    signal: new AbortController().signal,
    terminal: false,
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      out += text;
    },
  };
  const code = await commandLine(
    [schedule],
    ['schedule', '--steps', '2', '--cell', 'gru'],
    outside,
  );
  expect(code).toBe(0);
  expect(out).toMatch(/^recurrent \(gru\), 200 new patients +\d+\.\d % +\d+\.\d %$/m);
  expect(out).toMatch(/^best that sees only the present day +\d+\.\d % +\d+\.\d %$/m);
});
