import { SavedModel } from '@unroll/models';
import { CharTokenizer } from '@unroll/tokenizers';
import { describe, expect, test } from 'vitest';
import type { Callback } from './callback.ts';
import { memoryCheckpoints } from './checkpoint.ts';
import { bits, toy } from './toy.ts';

describe('a run with callbacks', () => {
  test('calls their hooks in order and waits for them', async () => {
    const calls: string[] = [];
    const note = (name: string) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      calls.push(name);
    };
    const watch: Callback = {
      onStart: note('start'),
      onStep: note('step'),
      onValidate: note('validate'),
      onCheckpoint: note('checkpoint'),
      onStop: note('stop'),
    };
    const { trainer, train, valid } = toy({ callbacks: [watch] });
    const checkpoint = { to: memoryCheckpoints(), every: 1 };
    await trainer.fit({ train, valid, steps: 2, checkpoint });
    expect(calls).toEqual([
      'start',
      'step',
      'checkpoint',
      'step',
      'checkpoint',
      'validate',
      'checkpoint',
      'stop',
    ]);
  });

  test('tells them about an error, without a history', async () => {
    let stopped: unknown = 'not yet';
    const { trainer, train } = toy({
      callbacks: [
        {
          onStep: () => {
            throw new Error('a callback failed');
          },
          onStop: (history) => {
            stopped = history;
          },
        },
      ],
    });
    await expect(trainer.fit({ train, steps: 2 })).rejects.toThrow('a callback failed');
    expect(stopped).toBeUndefined();
  });

  test('is the same when one of them writes a sample now and then', async () => {
    const plain = toy();
    await plain.trainer.fit({ train: plain.train, steps: 6 });
    const tokenizer = CharTokenizer.train('abcdef');
    const samples: string[] = [];
    const write: Callback = {
      async onStep(_, { model }) {
        const saved = new SavedModel({ model: model as never, tokenizer });
        samples.push(await saved.complete('a', { length: 5 }));
      },
    };
    const { model, trainer, train } = toy({ callbacks: [write] });
    await trainer.fit({ train, steps: 6 });
    expect(bits(model.stateDict())).toEqual(bits(plain.model.stateDict()));
    expect(samples).toHaveLength(6);
    expect(new Set(samples).size).toBeGreaterThan(1);
  });
});
