import { afterEach, expect, test } from 'vitest';
import { trainingAt } from '../configurations.ts';
import { fakeCommand, hurried } from '../testing/fakes.ts';
import { Child } from './child.ts';
import { takeTurns } from './rounds.ts';

const spec = trainingAt('lstm', 'char-small');
const children: Child[] = [];

async function start(behaviour: string) {
  const child = await Child.start(behaviour, fakeCommand(behaviour));
  children.push(child);
  return child;
}

afterEach(async () => {
  for (const child of children.splice(0)) await child.stop();
});

test('a turn is as many calls as fit into its time, and at least one', async () => {
  const contestants = [
    { id: 'fast', child: await start('0.25'), spec },
    { id: 'slow', child: await start('30'), spec },
  ];
  const [fast, slow] = await takeTurns(contestants, hurried);
  expect(fast).toMatchObject({ id: 'fast', seconds: 0.25, calls: 2 * 4, note: 'a fake' });
  expect(slow).toMatchObject({ id: 'slow', seconds: 30, calls: 2, parameters: 3 });
});

test('a contestant that has taken enough time is left out after two rounds', async () => {
  const turns: string[] = [];
  const contestants = [{ id: 'slow', child: await start('30'), spec }];
  const pace = { ...hurried, rounds: 5, enough: 20 };
  const [slow] = await takeTurns(contestants, pace, () => turns.push('turn'));
  expect(slow.calls).toBe(2);
  expect(turns.length).toBe(5);
});

test('where the time for all is over, everybody has had one round', async () => {
  const contestants = [
    { id: 'a', child: await start('0.25'), spec },
    { id: 'b', child: await start('30'), spec },
  ];
  const over = await takeTurns(contestants, { ...hurried, rounds: 5, most: 0 });
  expect(over.map(({ calls }) => calls)).toEqual([4, 1]);
  const [, slow] = await takeTurns(contestants, { ...hurried, rounds: 5, most: 60 });
  expect(slow.calls).toBe(5);
});

test('what a child refuses, and its end, are told with its name', async () => {
  const refusing = [{ id: 'a', child: await start('fail'), spec }];
  await expect(takeTurns(refusing, hurried)).rejects.toThrow('fail: it does not feel like it');
  const dying = [{ id: 'b', child: await start('die'), spec }];
  await expect(takeTurns(dying, hurried)).rejects.toThrow(
    'die ended in the middle of a measurement: no more memory',
  );
});

test('a program that is not there, and one that ends at once, are told', async () => {
  const absent = Child.start('nobody', { file: '/no/such/program', args: [] });
  await expect(absent).rejects.toThrow(/nobody: .*ENOENT/);
  const failing = { file: process.execPath, args: ['-e', 'throw new Error("no torch")'] };
  await expect(Child.start('broken', failing)).rejects.toThrow(/broken ended:[\s\S]*no torch/);
});
