import { OptionError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { commandOf, programOf, type RunOptions, runProgram } from './program.ts';

class Told extends Error {}

async function run(words: string[], act: () => void = () => {}, options?: RunOptions) {
  let [out, err] = ['', ''];
  const lines = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const program = programOf({ name: 'x', description: 'Does it.', what: 'thing' }, lines);
  commandOf(program, { name: 'one', summary: 'the first' }).option('--deep').action(act);
  const code = await runProgram(program, words, lines, options);
  return { code, out, err };
}

const failing = (error: unknown) => () => {
  throw error;
};

test('without words the commands are listed, with --help the options of one', async () => {
  const { code, out } = await run([]);
  expect(code).toBe(0);
  expect(out).toMatch(/^Usage: x <thing> \[options\]$/m);
  expect(out).toMatch(/^ {2}one +the first$/m);
  expect((await run(['one', '--help'])).out).toContain('--deep');
});

test.each([
  [['two'], /^unknown command 'two'/],
  [['one', '--depe'], /^unknown option '--depe' \(Did you mean --deep\?\)$/],
  [['one', 'more'], /^too many arguments for 'one'/],
])('%j is one clear line and exit code 1', async (words, line) => {
  const { code, out, err } = await run(words);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^[^\n]+\n$/);
  expect(err.trimEnd()).toMatch(line);
});

test('errors that say what to do are told by their message alone, those of the system too', async () => {
  const option = await run(['one'], failing(new OptionError('--deep', 'is too deep')));
  expect(option).toEqual({ code: 1, out: '', err: '--deep: is too deep\n' });
  const system = Object.assign(new Error('EACCES: no'), { syscall: 'open' });
  expect((await run(['one'], failing(system))).err).toBe('EACCES: no\n');
  const isTold = (error: Error) => error instanceof Told;
  expect((await run(['one'], failing(new Told('so')), { isTold })).err).toBe('so\n');
});

test('a fault of our own is told with its trace', async () => {
  expect((await run(['one'], failing(new Told('so')))).err).toMatch(/^Error: so\n {4}at /);
  expect((await run(['one'], failing('a text'))).err).toBe('a text\n');
});

test('what the signal has stopped ends with 130', async () => {
  const signal = AbortSignal.abort();
  const stopped = await run(['one'], failing(new Error('x')), { signal });
  expect(stopped).toEqual({ code: 130, out: '', err: 'stopped\n' });
});
