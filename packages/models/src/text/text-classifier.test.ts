import { OptionError } from '@unroll/backend';
import { crossEntropy } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { manualSeed, Sequence, tensor } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { TextClassifier, type TextClassifierOptions } from './text-classifier.ts';

beforeEach(() => manualSeed(1));

const readers = ['recurrent', 'convolution', 'average'] as const;
const small = { vocabSize: 9, classes: 3, embeddingSize: 5, hiddenSize: 4 };
const texts = [[1, 2, 3, 4, 5, 6, 7], [8], [3, 3, 0]];
const ids = Sequence.fromArrays(texts, { dtype: 'int32' });

describe('TextClassifier', () => {
  test.each(readers)(
    '%s: each text is read as it is alone, whatever lies beside it',
    async (reader) => {
      const model = new TextClassifier({ ...small, reader }).eval();
      const together = (await model.forward(ids).toArray()) as number[][];
      expect(together.map((row) => row.length)).toEqual([3, 3, 3]);
      for (const [i, text] of texts.entries()) {
        const alone = model.forward(tensor([text], { dtype: 'int32' }));
        const [row] = (await alone.toArray()) as number[][];
        for (const [c, score] of row.entries()) expect(together[i][c]).toBeCloseTo(score, 5);
      }
    },
  );

  test('only the average does not know the order of words', async () => {
    const scores = async (reader: (typeof readers)[number], text: number[]) => {
      manualSeed(1);
      const model = new TextClassifier({ ...small, reader }).eval();
      const [row] = (await model
        .forward(tensor([text], { dtype: 'int32' }))
        .toArray()) as number[][];
      return row[0];
    };
    for (const reader of readers) {
      const difference = Math.abs(
        (await scores(reader, [1, 2, 3, 4, 5, 6])) - (await scores(reader, [6, 5, 4, 3, 2, 1])),
      );
      if (reader === 'average') expect(difference).toBeLessThan(1e-6);
      else expect(difference).toBeGreaterThan(1e-4);
    }
  });

  test.each(readers)('%s: learns which word a text holds', async (reader) => {
    const model = new TextClassifier({ ...small, reader, classes: 2, dropout: 0.1 });
    const optimizer = new Adam(model.parameters(), { lr: 0.05 });
    const data = Sequence.fromArrays(
      [
        [1, 2, 5],
        [2, 6],
        [5, 1, 1],
        [6, 2, 2, 1],
      ],
      { dtype: 'int32' },
    );
    const target = tensor([0, 1, 0, 1], { dtype: 'int32' });
    let loss = 1;
    for (let step = 0; step < 40; step++) {
      const cost = crossEntropy(model.forward(data), target);
      optimizer.zeroGrad();
      cost.backward();
      optimizer.step();
      loss = await cost.item();
    }
    expect(loss).toBeLessThan(0.2);
  });

  test('takes every cell, pool, and one direction or two, and says so in its configuration', () => {
    const options: TextClassifierOptions = {
      ...{ ...small, cell: 'gru', pool: 'last', bidirectional: false, numLayers: 2, maxLength: 5 },
    };
    const model = new TextClassifier(options);
    expect(model.config).toMatchObject({ ...options, reader: 'recurrent', dropout: 0 });
    const again = new TextClassifier(model.config);
    expect(Object.keys(again.stateDict())).toEqual(Object.keys(model.stateDict()));
    expect(Object.keys(model.stateDict())).toContain('reader.recurrent.1.U');
    expect(model.forward(ids).shape).toEqual([3, 3]);
  });

  test('refuses options that are none or out of range', () => {
    const make = (options: object) => () => new TextClassifier({ ...small, ...options });
    expect(make({ classes: 1 })).toThrow('classes must be a whole number of at least 2; got 1');
    expect(make({ maxLength: 0 })).toThrow(OptionError);
    expect(make({ reader: 'transformer' })).toThrow(
      'reader must be one of recurrent, convolution, average; got transformer',
    );
    expect(make({ pool: 'first' })).toThrow('pool');
    expect(make({ hidden: 3 })).toThrow(OptionError);
  });
});
