import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentBackend } from '@unroll/tensor';
import { wasm } from '@unroll/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTask } from '../runner/testing.ts';
import { charlm } from './task.ts';

const road = new URL('./fixtures/road.txt', import.meta.url);
const small = ['--hidden-size', '8', '--embedding-size', '4', '--batch-size', '2', '--window', '8'];

let folder: string;
let book: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-charlm-'));
  book = join(folder, 'book.txt');
  await writeFile(book, (await readFile(road, 'utf8')).repeat(4));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (words: string[], stopAfter?: string, typed?: readonly string[]) =>
  runTask(charlm, words, stopAfter, typed);

const train = (name: string, ...more: string[]) => [
  ...['--data', book, '--out', join(folder, name), '--steps', '12', '--every', '4', ...small],
  ...more,
];
const weights = (name: string) => readFile(join(folder, name, 'model', 'weights.safetensors'));

/** The engine that the last checkpoint of a run was computed by. */
async function engineOf(name: string): Promise<unknown> {
  const checkpoints = join(folder, name, 'checkpoint');
  const [last] = (await readdir(checkpoints)).sort().reverse();
  const text = await readFile(join(checkpoints, last, 'checkpoint.json'), 'utf8');
  return JSON.parse(text).state.engine;
}

/** The machine's own BLAS, or why there is none. */
function nativeBlas(): { name?: string; obstacle?: string } {
  try {
    return { name: wasm({ blas: true, threads: 1 }).blas };
  } catch (error) {
    return { obstacle: (error as Error).message };
  }
}

const blas = nativeBlas();

describe('charlm', () => {
  test('leaves a model, a sample, a report and a result, and prints the baselines', async () => {
    const json = join(folder, 'out.json');
    const { code, out, err } = await run(train('whole', '--json', json));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^book\.txt: 2,656 characters, \d+ distinct$/m);
    expect(out).toMatch(/^ {2}Markov, order 2 +\d\.\d{4}$/m);
    expect((await readdir(join(folder, 'whole'))).sort()).toEqual([
      'checkpoint',
      'model',
      'report.html',
      'result.json',
      'run.json',
      'sample.txt',
    ]);

    const result = JSON.parse(await readFile(json, 'utf8'));
    expect(result.config).toMatchObject({ data: 'book.txt', hiddenSize: 8, steps: 12, seed: 1 });
    expect(JSON.stringify(result)).not.toContain(folder);
    expect(result.metrics.steps).toBe(12);
    expect(result.metrics['valid.natsPerChar']).toBeGreaterThan(1);
    expect(result.metrics['valid.perplexity']).toBeCloseTo(
      Math.exp(result.metrics['valid.natsPerChar']),
      9,
    );
    for (const order of [0, 1, 2]) {
      expect(result.metrics[`baseline.markov${order}.natsPerChar`]).toBeGreaterThan(0);
    }
    const own = JSON.parse(await readFile(join(folder, 'whole', 'result.json'), 'utf8'));
    expect(own.metrics).toEqual(result.metrics);

    const sample = await readFile(join(folder, 'whole', 'sample.txt'), 'utf8');
    expect([...sample]).toHaveLength(500);
    const report = await readFile(join(folder, 'whole', 'report.html'), 'utf8');
    expect(report).toContain('Markov, order 2');
  });

  test('learns a text that repeats itself, far below the order-0 model', async () => {
    const json = join(folder, 'song.json');
    const song = join(folder, 'song.txt');
    await writeFile(song, 'la la li la, '.repeat(200));
    const words = ['--data', song, '--quick', '--out', join(folder, 'song')];
    const steps = ['--steps', '300', '--every', '100'];
    await run([
      ...words,
      ...steps,
      ...small,
      '--batch-size',
      '8',
      '--hidden-size',
      '16',
      '--json',
      json,
    ]);
    const { metrics } = JSON.parse(await readFile(json, 'utf8'));
    expect(metrics['baseline.markov0.natsPerChar']).toBeGreaterThan(1.2);
    expect(metrics['valid.natsPerChar']).toBeLessThan(0.6);
  });

  test('stopped by Ctrl-C and resumed, ends with the same bits as an uninterrupted run', async () => {
    await run(train('straight'));
    const stopped = await run(train('broken'), 'step 4:');
    expect(stopped.code).toBe(130);
    expect(stopped.out).toMatch(/stopped after step \d+ and saved/);
    await expect(weights('broken')).rejects.toThrow('ENOENT');
    expect(await readFile(join(folder, 'broken', 'report.html'), 'utf8')).toContain('<svg');
    const resumed = await run(['--resume', join(folder, 'broken')]);
    expect(resumed).toMatchObject({ code: 0, err: '' });
    expect(await weights('broken')).toEqual(await weights('straight'));
    const sample = (name: string) => readFile(join(folder, name, 'sample.txt'), 'utf8');
    expect(await sample('broken')).toBe(await sample('straight'));
  });

  test.skipIf(blas.name === undefined)(
    'computes with native BLAS only if it is asked to, and its checkpoint says so',
    async () => {
      const before = currentBackend();
      await run(train('with-blas', '--blas'));
      await run(train('without-blas'));
      expect(await engineOf('with-blas')).toMatchObject({ backend: 'wasm', blas: blas.name });
      expect(await engineOf('without-blas')).toMatchObject({ backend: 'wasm', blas: 'none' });
      expect(currentBackend()).toBe(before);
    },
  );

  test.skipIf(blas.name !== undefined)(
    'says what --blas needs where there is no native BLAS',
    async () => {
      const { code, err } = await run(train('with-blas', '--blas'));
      expect({ code, err }).toEqual({ code: 1, err: `${blas.obstacle}\n` });
    },
  );

  test('a Transformer trains, stops, goes on to the same bits, and writes beyond its context', async () => {
    const words = (name: string) => [
      ...['--data', book, '--out', join(folder, name), '--steps', '12', '--every', '4'],
      ...['--model', 'transformer', '--hidden-size', '16', '--num-layers', '1'],
      ...['--batch-size', '2', '--window', '8', '--length', '30'],
    ];
    const whole = await run(words('transformer'));
    expect({ code: whole.code, err: whole.err }).toEqual({ code: 0, err: '' });
    expect(whole.out).toMatch(/^Transformer of 1 layers, width 16; 12 steps of 2 × 8$/m);
    expect(await readFile(join(folder, 'transformer', 'sample.txt'), 'utf8')).toHaveLength(30);
    const stopped = await run(words('transformer-stopped'), 'step 4');
    expect(stopped.code).toBe(130);
    expect((await run(['--resume', join(folder, 'transformer-stopped')])).code).toBe(0);
    expect(await weights('transformer-stopped')).toEqual(await weights('transformer'));
    const refused = await run([...words('no'), '--cell', 'gru']);
    expect(refused.err).toContain('--cell: is of recurrent layers, and a Transformer has none');
  });

  test('over words it has a dictionary of the training part, Markov models of words beside it, and writes words', async () => {
    const json = join(folder, 'words.json');
    const words = ['--level', 'word', ...train('words', '--json', json, '--embedding-size', '8')];
    const { code, out, err } = await run(words);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^book\.txt: \d+ words to learn, \d+ in the dictionary$/m);
    expect(out).toMatch(/^nats per word, validation, and perplexity$/m);
    const { metrics, config } = JSON.parse(await readFile(json, 'utf8'));
    expect(config.level).toBe('word');
    expect(metrics['valid.perplexity']).toBeCloseTo(Math.exp(metrics['valid.natsPerWord']), 9);
    expect(metrics['baseline.markov2.perplexity']).toBeCloseTo(
      Math.exp(metrics['baseline.markov2.natsPerWord']),
      9,
    );
    expect(metrics['valid.unknownShare']).toBeGreaterThanOrEqual(0);
    expect(metrics).not.toHaveProperty('valid.natsPerChar');
    const sample = await readFile(join(folder, 'words', 'sample.txt'), 'utf8');
    expect(sample).toMatch(/^( \S+){120}$/);
    const tried = await run(['--out', join(folder, 'words'), '--try', 'The dog', '--length', '3']);
    expect(tried.out).toMatch(/^\d+\.\d{4} nats per word\nThe dog( \S+){3}\n$/);
    const short = await run(['--out', join(folder, 'words'), '--try', 'dog']);
    expect(short.err).toContain('at least two words');
  });

  test('--chat goes on with each line that is typed, until there is none', async () => {
    await run(train('talker'));
    const out = ['--out', join(folder, 'talker'), '--chat', '--length', '4'];
    const talk = await run(out, undefined, ['The', 'A dog', '', 'unheard']);
    expect(talk).toMatchObject({ code: 0, err: '' });
    const [, first, second, ...rest] = talk.out.split('\n');
    expect(first).toMatch(/^The.{4}$/);
    expect(second).toMatch(/^A dog.{4}$/);
    expect(rest).toEqual(['']);
    expect((await run(['--out', join(folder, 'nobody'), '--chat'])).err).toContain(
      'there is no saved model',
    );
  });

  test('the saved model writes, and judges and continues a text', async () => {
    await run(train('writer'));
    const out = ['--out', join(folder, 'writer')];
    const sample = await run([...out, '--sample', '--length', '20']);
    expect([...sample.out]).toHaveLength(21);
    expect((await run([...out, '--sample', '--length', '20'])).out).toBe(sample.out);
    expect((await run([...out, '--sample', '--length', '20', '--seed', '2'])).out).not.toBe(
      sample.out,
    );
    const tried = await run([...out, '--try', 'The dog', '--length', '5']);
    expect(tried.out).toMatch(/^\d\.\d{4} nats per character\nThe dog[\s\S]{5}\n$/);
    expect((await run([...out, '--try', 'T'])).err).toContain('at least two characters');
  });

  test.each([
    [['--data', 'no/such.txt'], 'no/such.txt: no such file or folder'],
    [['--resume', 'no/such/run'], '--resume: there is no run in'],
    [['--resume', '--steps', '3'], '--resume: a run goes on with its own settings'],
    [['--resume', 'x', '--out', 'y'], '--resume: names the run’s folder already'],
    [['--download', '--data', 'a.txt'], '--download: fetches the data that --data names already'],
    [['--level', 'syllable'], '--level: must be one of char, word'],
    [['--start', '--quick'], '--start: is a run of its own length'],
    [['--sample', '--out', 'no/such/run'], 'there is no saved model in'],
    [['--cell', 'transformer'], '--cell: must be one of rnn, rnn-relu, jordan, lstm, '],
    [['--temperature', 'hot'], '--temperature: must be a number from 0 to 5'],
  ])('answers %j with one clear line', async (words, line) => {
    const { code, err } = await run(words);
    expect(code).toBe(1);
    expect(err).toContain(line);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test('a text shorter than a window is one clear error, and an earlier run stays', async () => {
    const short = join(folder, 'short.txt');
    await writeFile(short, 'abcabcabcabcabcabcabcabc');
    await run(train('earlier'));
    const { code, err } = await run(['--data', short, '--out', join(folder, 'earlier')]);
    expect(code).toBe(1);
    expect((await weights('earlier')).length).toBeGreaterThan(0);
    expect(err).toContain('fill no window');
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});
