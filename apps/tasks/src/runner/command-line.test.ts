import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, UnsupportedError } from '@unroll/backend';
import { LanguageModel, SavedModel } from '@unroll/models';
import { CharTokenizer } from '@unroll/tokenizers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from './command-line.ts';
import { common } from './common.ts';
import { choice, count, flag } from './option.ts';
import { defineTask, type TaskResult } from './task.ts';

const seen: unknown[] = [];
const result: TaskResult = { metrics: { 'valid.natsPerChar': 1.5 }, config: { cell: 'lstm' } };

const learn = defineTask({
  name: 'learn',
  summary: 'learns something',
  options: {
    data: common.data,
    resume: common.resume,
    maxSteps: count('N', 'steps', 10, { min: 1 }),
  },
  async run({ options, say }) {
    seen.push(options);
    say('learning');
    return result;
  },
});

const fail = defineTask({
  name: 'fail',
  summary: 'fails in several ways',
  options: {
    wait: flag('wait for Ctrl-C'),
    bug: flag('throw what nobody expects'),
    mute: flag('no result'),
    letter: choice([...'abcdefg'], 'which letter', 'a'),
  },
  async run({ options, signal }) {
    if (options.wait) await new Promise((_, reject) => signal.addEventListener('abort', reject));
    if (options.bug) throw new TypeError('x is not a function');
    if (options.mute) return undefined;
    if (options.seed === 7) return { ...result, metrics: { loss: Number.NaN } };
    throw new DataError('fail', 'the text is empty');
  },
});

const write = defineTask({
  name: 'write',
  summary: 'writes a little',
  options: {},
  async run({ say }) {
    const tokenizer = CharTokenizer.train('ab');
    const model = new LanguageModel({ vocabSize: tokenizer.vocabSize, hiddenSize: 2 });
    const length = (await new SavedModel({ model, tokenizer }).complete('a', { length: 3 })).length;
    say(`${length} letters`);
    return undefined;
  },
});

async function run(words: string[], signal = new AbortController().signal) {
  let [out, err] = ['', ''];
  const code = await commandLine([learn, fail, write], words, {
    gpu: () => Promise.reject(new UnsupportedError('gpu', 'this machine has none')),
    signal,
    terminal: false,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe('pnpm task', () => {
  test('alone lists the tasks, one line each', async () => {
    const { code, out, err } = await run([]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ {2}learn +learns something$/m);
    expect(out).toMatch(/^ {2}fail +fails in several ways$/m);
  });

  test('shows the options of one task, its own and the common ones that it takes', async () => {
    const { code, out } = await run(['learn', '--help']);
    expect(code).toBe(0);
    for (const line of [
      '--data <PATH>',
      '--resume [DIR]',
      '--max-steps <N>',
      '--seed <N>',
      '--json <FILE>',
    ]) {
      expect(out).toContain(line);
    }
    expect(out).not.toContain('--chat');
  });

  test('keeps the help narrow where an option is one of many words', async () => {
    const { out } = await run(['fail', '--help']);
    expect(out).toMatch(/--device <cpu\|gpu\|auto> /);
    expect(out.replace(/\s+/g, ' ')).toContain('--letter <NAME> which letter: a, b, c, d, e, f, g');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(120);
  });

  test('gives a task its options with their types and fallbacks', async () => {
    seen.length = 0;
    expect((await run(['learn'])).out).toBe('learning\n');
    await run([
      'learn',
      '--data',
      'a b.txt',
      '--resume',
      '--seed=7',
      '--max-steps',
      '3',
      '--device',
      'auto',
    ]);
    await run(['learn', '--resume', 'runs/x']);
    const fallbacks = { resume: false, maxSteps: 10, device: 'cpu', blas: false, seed: 1 };
    expect(seen).toEqual([
      fallbacks,
      { ...fallbacks, data: 'a b.txt', resume: true, seed: 7, maxSteps: 3, device: 'auto' },
      { ...fallbacks, resume: 'runs/x' },
    ]);
  });

  test('says what auto has computed on, with the reason', async () => {
    expect((await run(['learn', '--device', 'auto'])).out).toBe(
      'learning\nthe CPU has computed: auto measures a Trainer and a saved model, and there was none\n',
    );
    expect((await run(['write', '--device', 'auto'])).out).toBe(
      'generate computes on wasm: there is no other: gpu: this machine has none\n3 letters\n',
    );
    expect((await run(['write', '--device', 'gpu'])).err).toContain('gpu: this machine has none');
  });

  test.each([
    [['lern'], "unknown command 'lern' (Did you mean learn?)"],
    [['learn', '--dta', 'x'], "unknown option '--dta' (Did you mean --data?)"],
    [['learn', 'extra'], "too many arguments for 'learn'. Expected 0 arguments but got 1: extra."],
    [['learn', '--data'], "option '--data <PATH>' argument missing"],
    [['learn', '--data', '--resume'], '--data: needs a value; write --data PATH'],
    [['learn', '--seed', '1.5'], '--seed: must be a whole number from 0 to 4294967295; got "1.5"'],
    [['learn', '--max-steps', '0'], '--max-steps: must be a whole number of at least 1; got "0"'],
    [['learn', '--device', 'tpu'], '--device: must be one of cpu, gpu, auto; got "tpu"'],
    [
      ['learn', '--device', 'gpu', '--threads', '2'],
      '--device gpu: computes neither with threads nor with a BLAS; leave --threads and --blas out',
    ],
    [['learn', '--threads', '0'], '--threads: must be a whole number of at least 1; got "0"'],
    [['learn', '--chat'], '--chat: the task learn has no such option; see pnpm task learn --help'],
    [
      ['learn', '--try', 'text'],
      '--try: the task learn has no such option; see pnpm task learn --help',
    ],
    [
      ['learn', '--json', 'no/such/folder/x.json'],
      '--json: no/such/folder/x.json: there is no folder no/such/folder; make it first',
    ],
    [['fail'], 'fail: the text is empty'],
  ])('answers %j with one clear line and exit code 1', async (words, line) => {
    expect(await run(words)).toEqual({ code: 1, out: '', err: `${line}\n` });
  });

  test('shows where a fault of its own comes from', async () => {
    const { code, err } = await run(['fail', '--bug']);
    expect(code).toBe(1);
    expect(err).toMatch(/^TypeError: x is not a function\n {4}at .*command-line\.test\.ts/);
  });

  test('ends with 130 when Ctrl-C has stopped the run', async () => {
    const stop = new AbortController();
    const running = run(['fail', '--wait'], stop.signal);
    setTimeout(() => stop.abort(), 5);
    expect(await running).toEqual({ code: 130, out: '', err: 'stopped\n' });
  });
});

describe('--json', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unroll-task-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('writes name, metrics, config and environment', async () => {
    const file = join(folder, 'out.json');
    expect((await run(['learn', '--json', file])).code).toBe(0);
    const written = JSON.parse(await readFile(file, 'utf8'));
    expect(Object.keys(written)).toEqual(['name', 'metrics', 'config', 'environment']);
    expect(written).toMatchObject({
      name: 'learn',
      ...result,
      environment: { node: process.version, backend: 'wasm', blas: 'none' },
    });
  });

  test('names the threads that were asked for, and those of this machine without', async () => {
    const file = join(folder, 'threads.json');
    const threads = async (...words: string[]) => {
      await run(['learn', '--json', file, ...words]);
      return JSON.parse(await readFile(file, 'utf8')).environment.threads;
    };
    const usual = await threads();
    expect(await threads('--threads', '3')).toBe(3);
    expect(await threads('--threads', '1')).toBe(1);
    expect(await threads()).toBe(usual);
  });

  test('refuses a metric that JSON cannot hold, and a run without a result', async () => {
    const file = join(folder, 'refused.json');
    const nan = await run(['fail', '--seed', '7', '--json', file]);
    expect(nan).toEqual({
      code: 1,
      out: '',
      err: '--json: the metric loss is NaN, which JSON cannot hold\n',
    });
    const none = await run(['fail', '--mute', '--json', file]);
    expect(none.err).toContain('there is no result to write');
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });
});
