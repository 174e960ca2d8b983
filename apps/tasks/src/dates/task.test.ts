import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTask } from '../runner/testing.ts';
import { dates } from './task.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-dates-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (words: string[], stopAfter?: string) => runTask(dates, words, stopAfter);
const small = ['--steps', '6', '--every', '3', '--hidden-size', '8', '--batch-size', '8'];
const into = (name: string) => ['--out', join(folder, name)];
const result = async (name: string) =>
  JSON.parse(await readFile(join(folder, name, 'result.json'), 'utf8'));

test('it leaves a model, a report with maps of attention, and a result, by the length of dates', async () => {
  const { code, out, err } = await run([...small, ...into('whole')]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('29,221 days to learn from, 5,478 others to be judged by');
  expect(out).toMatch(/all +\d+\.\d %/);
  const { metrics, config } = await result('whole');
  expect(metrics['test.count']).toBe(5478);
  expect(metrics['test.exactMatch']).toBeGreaterThanOrEqual(0);
  expect(config).toMatchObject({ model: 'attention', cell: 'gru', score: 'additive', steps: 6 });
  const page = await readFile(join(folder, 'whole', 'report.html'), 'utf8');
  expect(page).toContain('Where it looked');
  expect(page).toContain('third of march 2026 → ');
  const { code: tried, out: iso } = await run([...into('whole'), '--try', '3 March 2026']);
  expect(tried).toBe(0);
  expect(iso.trim()).toHaveLength(10);
});

test('stopped and resumed it ends with the same numbers', async () => {
  const stopped = await run([...small, ...into('stopped')], 'step 3');
  expect(stopped.code).toBe(130);
  const resumed = await run(['--resume', join(folder, 'stopped')]);
  expect(resumed.code).toBe(0);
  const bits = async (name: string) => {
    const { metrics } = await result(name);
    return Object.entries(metrics).filter(([key]) => !/seconds$/.test(key));
  };
  expect(await bits('stopped')).toEqual(await bits('whole'));
});

test('with and without attention are compared at equal parameters', async () => {
  const json = join(folder, 'compare.json');
  const { code, out } = await run([...small, '--compare', '--json', json]);
  expect(code).toBe(0);
  expect(out).toMatch(/attention +plain/);
  const { metrics } = JSON.parse(await readFile(json, 'utf8'));
  const { 'attention.parameters': ours, 'plain.parameters': plain } = metrics;
  expect(Math.abs(ours - plain) / ours).toBeLessThan(0.06);
});

test('a score without attention is refused', async () => {
  const { code, err } = await run([...small, '--model', 'plain', '--score', 'general']);
  expect(code).not.toBe(0);
  expect(err).toContain('--score: is of attention, and the plain model has none');
});
