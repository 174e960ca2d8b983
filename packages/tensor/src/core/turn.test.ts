import { describe, expect, test } from 'vitest';
import { tensor } from './create.ts';
import { giveTurn } from './turn.ts';

describe('reading in a loop', () => {
  test('lets timers and aborts through, which awaiting resolved promises alone would starve', async () => {
    const x = tensor([1]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    const end = performance.now() + 3_000;
    while (!controller.signal.aborted && performance.now() < end) await x.data();
    expect(controller.signal.aborted).toBe(true);
  });

  test('takes a turn only when the loop has waited, so that reading stays quick', async () => {
    const x = tensor([1]);
    let turns = 0;
    let running = true;
    const count = () => {
      turns += 1;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const start = performance.now();
    for (let i = 0; i < 2000; i++) await x.item();
    running = false;
    expect(turns).toBeLessThan(3 + (performance.now() - start) / 25);
  });
});

test('a turn that is given comes after all that was waiting for resolved promises', async () => {
  let waited = 0;
  const queue = async () => {
    for (let i = 0; i < 500; i++) await undefined;
    waited = 500;
  };
  void queue();
  await giveTurn();
  expect(waited).toBe(500);
});
