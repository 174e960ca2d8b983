import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { duration, progressBar } from './progress-bar.ts';
import { toy } from './toy.ts';

function screen(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 200,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  let text = '';
  stream.on('data', (chunk) => {
    text += String(chunk);
  });
  return { stream: stream as unknown as NodeJS.WriteStream, read: () => text };
}

describe('the progress bar', () => {
  test('shows loss, validation, speed and time left on a terminal', async () => {
    const { stream, read } = screen(true);
    const { trainer, train, valid } = toy({ callbacks: [progressBar({ stream })] });
    await trainer.fit({ train, valid, steps: 4, validateEvery: 2 });
    expect(read()).toMatch(/4\/4 · loss \d\.\d{3} · valid \d\.\d{3} · \d+ tokens\/s · 0:00 left/);
  });

  test('leaves Ctrl-C to the program', async () => {
    const before = process.listenerCount('SIGINT');
    const during: number[] = [];
    const count = { onStep: () => void during.push(process.listenerCount('SIGINT')) };
    const { trainer, train } = toy({ callbacks: [progressBar(screen(true)), count] });
    await trainer.fit({ train, steps: 2 });
    expect(during).toEqual([before, before]);
  });

  test('begins where a resumed run begins', async () => {
    const { stream, read } = screen(true);
    const { memoryCheckpoints } = await import('./checkpoint.ts');
    const checkpoint = { to: memoryCheckpoints() };
    const first = toy();
    await first.trainer.fit({ train: first.train, steps: 3, checkpoint });
    const { trainer, train } = toy({ callbacks: [progressBar({ stream })] });
    await trainer.fit({ train, steps: 6, checkpoint, resume: true });
    expect(read()).toContain('3/6');
  });

  test('writes a plain line now and then elsewhere', async () => {
    const often = screen(false);
    const { trainer, train } = toy({
      callbacks: [progressBar({ stream: often.stream, every: 0 })],
    });
    await trainer.fit({ train, steps: 3 });
    const lines = often.read().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/^step 3 of 3: loss \d\.\d{3}, \d+ tokens\/s, 0:00 left$/);
    const seldom = screen(false);
    const other = toy({ callbacks: [progressBar({ stream: seldom.stream })] });
    await other.trainer.fit({ train: other.train, steps: 3 });
    expect(seldom.read()).toBe('');
  });

  test('is a line where the end is not known', async () => {
    const { stream, read } = screen(true);
    const { trainer, train } = toy({
      tbptt: { window: 2 },
      callbacks: [progressBar({ stream, every: 0 })],
    });
    await trainer.fit({ train, epochs: 1 });
    expect(read()).toMatch(/^step 1: loss/);
  });

  test('tells the time', () => {
    expect([0, 9.6, 75, 3661, -1].map(duration)).toEqual([
      '0:00',
      '0:10',
      '1:15',
      '1:01:01',
      '0:00',
    ]);
  });
});
