import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTask } from '../runner/testing.ts';
import { adding } from './task.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-adding-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (words: string[], stopAfter?: string) => runTask(adding, words, stopAfter);

const small = ['--quick', '--hidden-size', '8', '--batch-size', '4', '--steps', '8'];
const into = (name: string) => ['--out', join(folder, name)];
const result = async (name: string) =>
  JSON.parse(await readFile(join(folder, name, 'result.json'), 'utf8'));

/** Everything that must be the same bits, which leaves out how long it took. */
async function bits(name: string) {
  const { metrics } = await result(name);
  return Object.entries(metrics).filter(([key]) => !/seconds$/i.test(key));
}

describe('adding', () => {
  test('prints a table of cells and lengths, and leaves a report and a result', async () => {
    const json = join(folder, 'out.json');
    const { code, out, err } = await run([...small, ...into('whole'), '--json', json]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ +at 10 +at 20$/m);
    for (const cell of ['rnn', 'lstm', 'gru']) {
      expect(out).toMatch(new RegExp(`^${cell} +\\d\\.\\d{4} +\\d\\.\\d{4}$`, 'm'));
    }
    expect(out).toMatch(/^mean +0\.1667 +0\.1667$/m);
    expect(out).toMatch(/ {2}step 8 of 8: \d\.\d{4}; in all \d+ s left/);

    const { metrics, config } = JSON.parse(await readFile(json, 'utf8'));
    expect(metrics['baseline.mean.mse']).toBe(1 / 6);
    expect(metrics['gru.t20.test.mse']).toBeGreaterThan(0);
    expect(metrics['lstm.t10.steps']).toBe(8);
    expect(config).toMatchObject({ study: 'cells', seed: 1, hiddenSize: 8, batches: 8, clip: 1 });
    expect((await result('whole')).metrics).toEqual(metrics);

    const report = await readFile(join(folder, 'whole', 'report.html'), 'utf8');
    expect(report).toContain('Learning curves');
    expect(report).toContain('20 steps, before training');
    expect(await readdir(join(folder, 'whole', 'trials'))).toHaveLength(6);
    expect((await readdir(join(folder, 'whole', 'pictures'))).sort()).toEqual([
      'gradients.svg',
      'learning-mse.svg',
    ]);
  });

  test('stopped by Ctrl-C and resumed, ends with the same numbers as an uninterrupted run', async () => {
    await run([...small, ...into('straight')]);
    const stopped = await run([...small, ...into('broken')], '2 of 6: rnn, adding at 20');
    expect(stopped.code).toBe(130);
    expect(stopped.out).toContain('stopped and saved');
    const halfway = await run(['--resume', join(folder, 'broken')], '3 of 6: lstm');
    expect(halfway.code).toBe(130);
    const resumed = await run(['--resume', join(folder, 'broken')]);
    expect(resumed).toMatchObject({ code: 0, err: '' });
    expect(resumed.out).toMatch(/^1 of 6: rnn, .*, done before$/m);
    expect(await bits('broken')).toEqual(await bits('straight'));
  });

  test.each([
    ['remedies', 'truncation.t20.test.mse', 'tanh RNN'],
    ['truncation', 'agreement.window10.t20.test.accuracy', 'adding, window 10'],
    ['words', 'person-phone.gru.t10.test.accuracy', 'subject and verb, lstm'],
    ['middle', 'bidirectional.t11.test.accuracy', 'bidirectional'],
  ])('makes the table of the study %s', async (study, metric, row) => {
    const { code, out, err } = await run([...small, ...into(study), '--study', study]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(row);
    expect((await result(study)).metrics[metric]).toBeTypeOf('number');
  });

  test('one cell, one range and another seed can be asked for', async () => {
    const words = [...small, '--cell', 'mgu', '--range', '7', '--seed', '2'];
    await run([...words, ...into('mgu')]);
    const { metrics, config } = await result('mgu');
    expect(config.trials).toEqual(['mgu.t7']);
    expect(config.seed).toBe(2);
    await run([...words, '--seed', '3', ...into('mgu-3')]);
    expect((await result('mgu-3')).metrics['mgu.t7.test.mse']).not.toBe(metrics['mgu.t7.test.mse']);
  });

  test.each([
    [['--study', 'remedies', '--cell', 'gru'], '--cell: the study remedies compares nets of its'],
    [['--study', 'cell'], '--study: must be one of cells, remedies'],
    [['--resume', '--steps', '3'], '--resume: a run goes on with its own settings'],
    [['--resume', 'no/such/run'], '--resume: there is no run in'],
    [['--study', 'middle', '--range', '4', '--quick'], 'middleWord: length must be odd'],
  ])('answers %j with one clear line', async (words, line) => {
    const { code, err } = await run(words[0] === '--resume' ? words : [...words, ...into('bad')]);
    expect(code).toBe(1);
    expect(err).toContain(line);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});
