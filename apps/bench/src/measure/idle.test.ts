import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { busyNote, IdleWatch } from './idle.ts';

test('a thread that keeps working in the pauses is noticed', async () => {
  const worker = new Worker('for (;;);', { eval: true });
  const watch = new IdleWatch();
  await new Promise((resolve) => worker.once('online', resolve));
  await watch.pause(400);
  await worker.terminate();
  expect(watch.busyShare).toBeGreaterThan(0);
  expect(watch.busyShare).toBeLessThanOrEqual(1);
});

test('a machine at work is told with its share, a quiet one is not mentioned', () => {
  expect(busyNote('lstm.imdb', { busyShare: 0.31 })).toEqual([
    'lstm.imdb: 31 % of the machine was at work while nobody had a turn. Is it quiet?',
  ]);
  expect(busyNote('lstm.imdb', new IdleWatch())).toEqual([]);
});
