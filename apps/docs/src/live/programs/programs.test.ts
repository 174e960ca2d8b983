import { expect, test } from 'vitest';
import { programs } from './index.ts';
import type { Run } from './program.ts';
import { lessonNet } from './through-time.ts';

/** A run that keeps what it is told. */
function listening<News>(): Run<News> & { readonly news: News[] } {
  const news: News[] = [];
  return { news, tell: (one) => news.push(one), signal: new AbortController().signal };
}

const quiet = { tell: () => {}, signal: new AbortController().signal };
const text = 'the sea was calm and the island lay before them like a green stone. '.repeat(12);

test('the gradients of the lesson by hand are those of autograd', async () => {
  const { difference } = await programs.bothWays(lessonNet, quiet);
  expect(difference).toBeLessThan(1e-12);
});

test.each([
  ['many to one', [1, 2], [false, false, true]],
  ['many to many', [3, 2], [true, true, true]],
  ['one to many', [5, 2], [true, true, true, true, true]],
  ['delayed many to many', [3, 2], [false, false, false, true, true, true]],
] as const)('%s answers where it should', async (shape, outputShape, answered) => {
  const found = await programs.shapes({ shape, text: 'abc' }, quiet);
  expect(found.outputShape).toEqual(outputShape);
  expect(found.answers.map((one) => one !== undefined)).toEqual(answered);
});

test('a linear net carries a change of its first state by |w| at every step', async () => {
  const input = { weight: 0.9, activation: 'none', forget: undefined, steps: 20 } as const;
  const { reaching } = await programs.gradients(input, quiet);
  expect(Object.values(reaching)[0] / 0.9 ** 19).toBeCloseTo(1, 5);
});

test('the schedule is learned, days off included', async () => {
  const run = listening<{ loss: number }>();
  const { onDaysOff, onTrainingDays, loss } = await programs.schedule({ skip: 0.3 }, run);
  expect(run.news[0].loss).toBeGreaterThan(1);
  expect(loss).toBeLessThan(0.1);
  expect([onTrainingDays, onDaysOff].every((share) => share > 0.97)).toBe(true);
});

test('the LSTM learns brackets, and knows in a new text where they are', async () => {
  const { loss } = await programs.trainBrackets(undefined, listening());
  expect(loss).toBeLessThan(0.1);
  const { inside, svg } = await programs.readBrackets({ text: 'so (it seems) it is' }, quiet);
  expect(inside[6]).toBeGreaterThan(0.9);
  expect(inside[16]).toBeLessThan(0.1);
  expect(svg).toContain('<svg');
});

test.each(['lstm', 'gru', 'gru-before'] as const)(
  'a character model with %s learns a text',
  async (cell) => {
    const run = listening<{ loss: number; sample: string }>();
    const { loss, sample } = await programs.characters({ text, cell }, run);
    expect(loss).toBeLessThan(0.5 * run.news[0].loss);
    expect(sample).toContain('sea');
  },
);

test('a text that is too short is refused', async () => {
  await expect(programs.characters({ text: 'abc', cell: 'gru' }, quiet)).rejects.toThrow(
    '3 characters',
  );
});

test('words that stand in the same places get numbers near each other', async () => {
  const run = listening<{ loss: number }>();
  const { loss } = await programs.embedWords(undefined, run);
  expect(loss).toBeLessThan(run.news[0].loss - 0.5);
});

test('the decoder writes backwards and looks where the letter stands', async () => {
  await programs.trainBackwards(undefined, listening());
  const { written } = await programs.writeBackwards({ word: 'badcafe' }, quiet);
  expect(written).toBe('efacdab');
});
