import { describe, expect, test } from 'vitest';
import { runTrial } from './run-trial.ts';
import type { Trial } from './trial.ts';

const trial: Trial = {
  ...{ name: 'lstm.t10', row: 'lstm', panel: '10 steps', line: 'lstm' },
  ...{ problem: 'adding', range: 10, cell: 'lstm', hiddenSize: 16, optimizer: 'adam', lr: 0.02 },
  ...{ clip: { norm: 1 }, batchSize: 16, batches: 300, every: 100, solved: 0.001 },
};

const once = (own: Partial<Trial>) => runTrial({ ...trial, ...own }, { seed: 1, callbacks: [] });

describe('a trial', () => {
  test('an LSTM learns to add over ten steps, and its gradient then reaches back', async () => {
    const outcome = await once({});
    expect(outcome?.metrics['test.mse']).toBeLessThan(0.03);
    expect(outcome?.curve.map(({ step }) => step)).toEqual([100, 200, 300]);
    const { before, after } = outcome?.gradients ?? { before: [], after: [] };
    expect([before.length, after.length]).toEqual([10, 10]);
    expect(after[0] / after[9]).toBeGreaterThan(5 * (before[0] / before[9]));
  });

  test('is over when its problem is solved', async () => {
    const outcome = await once({ every: 20, solved: 0.1 });
    const { 'solved.step': solved, steps } = outcome?.metrics ?? {};
    expect(solved).toBeLessThan(300);
    expect(steps).toBe(solved);
    expect(outcome?.curve.map(({ loss }) => loss < 0.1)).toEqual([
      ...Array.from({ length: solved / 20 - 1 }, () => false),
      true,
    ]);
  });

  test('truncated, it takes a training step for each window, and forgets what lies before', async () => {
    const own = { problem: 'agreement', range: 7 } as const;
    const whole = await once(own);
    const cut = await once({ ...own, window: 3 });
    expect(cut?.metrics.steps).toBe(300 * 3);
    expect(whole?.metrics['test.accuracy']).toBe(1);
    expect(cut?.metrics['test.accuracy']).toBeLessThan(0.6);
  });

  test('in the middle of a sentence, both directions know what the forward one cannot', async () => {
    const own = { problem: 'middle-word', range: 5, batches: 150 } as const;
    const forward = await once({ ...own, hiddenSize: 32 });
    const both = await once({ ...own, bidirectional: true });
    expect(both?.metrics.parameters).toBeLessThan(forward?.metrics.parameters ?? 0);
    expect(both?.metrics['test.accuracy']).toBe(1);
    expect(forward?.metrics['test.accuracy']).toBeLessThan(0.3);
  });

  test('a net whose numbers break down says at which step', async () => {
    const own = { cell: 'rnn-relu', start: 'identity', clip: undefined, lr: 1e12 } as const;
    const outcome = await once({ ...own, batches: 10 });
    expect(outcome?.metrics['diverged.step']).toBeGreaterThan(0);
    expect(outcome?.metrics['test.mse']).toBeUndefined();
  });
});
