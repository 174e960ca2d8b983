import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TextClassifier } from '@unroll/models';
import { load } from '@unroll/models/node';
import { manualSeed, randomStream } from '@unroll/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTask } from '../runner/testing.ts';
import { madeUpReviews } from './data/made-up.ts';
import { sentiment } from './task.ts';

let folder: string;
let csv: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-sentiment-'));
  csv = join(folder, 'mine.csv');
  await writeFile(csv, threeClasses());
});
afterAll(() => rm(folder, { recursive: true }));

/** Three classes of different sizes, which one word gives away; texts of one to nine words, one of none. */
function threeClasses(): string {
  manualSeed(4);
  const stream = randomStream('texts');
  const kinds = ['bad', 'fine', 'great'];
  const lines = Array.from({ length: 240 }, (_, i) => {
    const kind = i % 12 === 0 ? 0 : i % 3 === 0 ? 1 : 2;
    const filler = Array.from({ length: Math.floor(9 * stream.next()) }, () => 'so');
    return `"${[...filler, kinds[kind]].join(' ')}",${kind + 1}`;
  });
  return ['review,stars', ...lines, '"…",3'].join('\r\n');
}

const run = (words: string[], stopAfter?: string) => runTask(sentiment, words, stopAfter);
const tiny = ['--embedding-size', '4', '--hidden-size', '4', '--epochs', '2', '--threads', '1'];
const into = (name: string) => ['--out', join(folder, name)];
const mine = () => ['--data', csv, '--text', 'review', '--label', 'stars'];
const result = async (name: string) =>
  JSON.parse(await readFile(join(folder, name, 'result.json'), 'utf8'));

test('it goes the lecture’s four steps, and leaves a model, a report with the embedding, and a result', async () => {
  const { code, out, err } = await run([...tiny, '--made-up', '200', ...into('whole')]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const steps = [
    '1. split into training, validation and test',
    '2. unique words of the training part',
    '3. word → integer',
    '4. mini-batches',
  ];
  expect(out.match(/^\d\. .*$/gm)).toEqual(steps);
  expect(out).toContain('160, 20 and 20 texts');
  expect(out).toMatch(/training waited for its data \d+\.\d\d % of the time/);
  expect(out).toMatch(
    /the model: \d+\.\d MB, loaded in .* texts a second one by one, \d+ in batches of 32/,
  );
  const { metrics, config } = await result('whole');
  expect(config).toMatchObject({ data: 'reviews made up from a grammar', model: 'recurrent' });
  expect(metrics['test.count']).toBe(20);
  expect(metrics['train.waitingShare']).toBeGreaterThanOrEqual(0);
  expect(metrics['predict.batch32.perSecond']).toBeGreaterThan(0);
  const page = await readFile(join(folder, 'whole', 'report.html'), 'utf8');
  expect(page).toContain('<h2>Embedding</h2>');
  expect(await readFile(join(folder, 'whole', 'embedding.svg'), 'utf8')).toContain(
    '>negative</text>',
  );
  const saved = await load<TextClassifier>(join(folder, 'whole', 'model'));
  expect(saved.labels).toEqual(['negative', 'positive']);
  const tried = await run([...into('whole'), '--try', 'The plot was not gripping.']);
  expect(tried.out).toMatch(/^(negative|positive) \(\d+\.\d %\)$/m);
});

test('it learns any classes of anyone’s file, rare ones too, and an empty text is no error', async () => {
  const { code, out, err } = await run([
    ...[...mine(), '--balance', ...into('mine'), '--threads', '1', '--min-count', '1'],
    ...['--embedding-size', '8', '--hidden-size', '8', '--epochs', '25', '--batch-size', '8'],
  ]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('training: 16 1, 48 2, 129 3');
  const { metrics, config } = await result('mine');
  expect(config).toMatchObject({ data: 'mine.csv', text: 'review', label: 'stars', balance: true });
  expect(config.labels).toEqual(['1', '2', '3']);
  expect(metrics['test.f1.macro']).toBeGreaterThan(0.9);
  expect(metrics['test.accuracy']).toBeGreaterThan(metrics['baseline.majority.accuracy']);
});

test('stopped and resumed it ends with the same numbers', async () => {
  const small = [...tiny, '--made-up', '120', '--seed', '3'];
  expect((await run([...small, ...into('one')])).code).toBe(0);
  const stopped = await run([...small, ...into('two')], 'nats per text');
  expect(stopped.code).toBe(130);
  expect(stopped.out).toContain('go on with npm run task sentiment -- --resume');
  expect((await run(['--resume', join(folder, 'two')])).code).toBe(0);
  const bits = async (name: string) => {
    const { metrics } = await result(name);
    return Object.entries(metrics).filter(([key]) => !/[sS]econds?$|Share$/.test(key));
  };
  expect(await bits('two')).toEqual(await bits('one'));
});

test('models are compared at equal size over seeds, with a table and a picture', async () => {
  const json = join(folder, 'compare.json');
  const { code, out } = await run([
    ...[...tiny, '--made-up', '100', '--epochs', '1', '--compare', '--seeds', '2'],
    ...[...into('compare'), '--json', json],
  ]);
  expect(code).toBe(0);
  expect(out).toMatch(/^average of words +[\d,]+ +\d+\.\d % \(/m);
  const { metrics } = JSON.parse(await readFile(json, 'utf8'));
  const sizes = Object.entries(metrics).filter(([name]) => name.endsWith('.parameters'));
  expect(sizes).toHaveLength(6);
  const wanted = metrics['LSTMTwoDirections.parameters'];
  for (const [, size] of sizes) expect(Math.abs(Number(size) - wanted) / wanted).toBeLessThan(0.15);
  expect(metrics['convolution.run2.test.accuracy']).toBeGreaterThanOrEqual(0);
  expect(await readFile(join(folder, 'compare', 'comparison.svg'), 'utf8')).toContain(
    'convolution',
  );
});

test('what makes no sense is refused in one line', async () => {
  const refused = async (words: string[], told: string) => {
    const { code, err } = await run([...tiny, ...into('refused'), ...words]);
    expect(code).toBe(1);
    expect(err).toContain(told);
    expect(err.trim()).not.toContain('\n');
  };
  const one = join(folder, 'one.csv');
  await writeFile(one, `text,label\n${'good,5\n'.repeat(30)}`);
  await refused(['--data', one], 'all texts are of one class (5); there is nothing to tell apart');
  await refused(['--data', csv], 'which columns hold text and class?');
  await refused(['--data', csv, '--text', 'review', '--label', 'mood'], 'has no column "mood"');
  await refused(['--model', 'average', '--cell', 'gru'], '--cell: is of the recurrent model');
  await refused(['--data', join(folder, 'no.csv')], 'no such file or folder');
  await refused(['--resume', join(folder, 'whole'), '--epochs', '3'], '--resume');
});

test('made-up reviews cannot be told by their words alone, and both classes come equally often', () => {
  manualSeed(1);
  const { reviews } = madeUpReviews(2000, randomStream('made up'));
  const good = reviews.filter(({ label }) => label === 'positive');
  expect(Math.abs(good.length / reviews.length - 0.5)).toBeLessThan(0.05);
  const share = (word: string, part: readonly { text: string }[]) =>
    part.filter(({ text }) => text.includes(word)).length / part.length;
  // Praise stands about as often in bad reviews, turned around.
  expect(Math.abs(share('gripping', good) - share('gripping', reviews))).toBeLessThan(0.05);
});
