import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manualSeed, randomStream } from '@unroll/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const steps = 600;

let folder: string;
let book: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-kill-'));
  book = join(folder, 'book.txt');
  const road = await readFile(new URL('./fixtures/road.txt', import.meta.url), 'utf8');
  await writeFile(book, road.repeat(20));
});
afterAll(() => rm(folder, { recursive: true }));

/**
 * Runs the task in a process of its own; `interfere` may end it. Gives its exit code, null when it was killed, and how long
 * it ran after its first word.
 */
function charlm(words: string[], interfere?: (kill: (signal: NodeJS.Signals) => void) => void) {
  const child = spawn(process.execPath, ['--conditions=@unroll/source', main, 'charlm', ...words]);
  let heard = '';
  let start = 0;
  return new Promise<{ code: number | null; out: string; milliseconds: number }>((resolve) => {
    child.stdout.on('data', (text) => {
      if (heard === '') {
        start = performance.now();
        interfere?.((signal) => child.kill(signal));
      }
      heard += text;
    });
    child.stderr.on('data', (text) => {
      heard += text;
    });
    child.on('close', (code) => {
      resolve({ code, out: heard, milliseconds: performance.now() - start });
    });
  });
}

const anew = (name: string) => [
  ...['--data', book, '--out', join(folder, name), '--steps', String(steps), '--every', '3'],
  ...['--hidden-size', '24', '--batch-size', '4', '--window', '16', '--num-layers', '2'],
];
const weights = (name: string) => readFile(join(folder, name, 'model', 'weights.safetensors'));

/** Runs until nobody interferes any more: each process is ended after a random part of `whole`, the next goes on. */
async function interrupted(name: string, signal: NodeJS.Signals, whole: number): Promise<number> {
  manualSeed(signal === 'SIGINT' ? 1 : 2);
  const dice = randomStream(name);
  let ended = 0;
  for (let words = anew(name); ; words = ['--resume', join(folder, name)]) {
    const interfere = ended >= 5 ? undefined : after(0.8 * dice.next() * whole);
    const { code, out } = await charlm(words, interfere);
    // The last line is the result's; a signal that comes while Node takes itself down after it finds nobody listening.
    if (code === 0 || (code === null && /^result/m.test(out))) return ended;
    expect(code, out).toBe(signal === 'SIGINT' ? 130 : null);
    ended++;
  }

  function after(milliseconds: number) {
    return (kill: (signal: NodeJS.Signals) => void) => setTimeout(() => kill(signal), milliseconds);
  }
}

describe('charlm, stopped at random moments', () => {
  test.each(['SIGINT', 'SIGKILL'] as const)(
    'by %s and resumed, ends with the weights and metrics of an uninterrupted run, bit for bit',
    async (signal) => {
      const straight = await charlm(anew('straight'));
      expect(straight).toMatchObject({ code: 0 });
      expect(await interrupted(signal, signal, straight.milliseconds)).toBeGreaterThanOrEqual(1);
      expect(await weights(signal)).toEqual(await weights('straight'));
      const metric = async (name: string) => {
        const text = await readFile(join(folder, name, 'result.json'), 'utf8');
        return JSON.parse(text).metrics['valid.natsPerChar'];
      };
      expect(await metric(signal)).toBe(await metric('straight'));
    },
  );
});
