import { OptionError } from '@unroll/backend';
import { type CellName, cells, defineCell, lstm } from '@unroll/cells';
import { manualSeed, mul, Sequence, type Tensor, tanh, tensor } from '@unroll/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LanguageModel } from './language-model.ts';

const small = { vocabSize: 6, embeddingSize: 3, hiddenSize: 4 };
const values = (x: Tensor) => Array.from(x.dataSync());

function ids(...rows: number[][]): Tensor {
  return tensor(rows, { dtype: 'int32' });
}

describe('a language model', () => {
  test('scores the next id at every step, in the kind that it was given', () => {
    const model = new LanguageModel(small);
    const { output, state } = model.forward(ids([1, 2, 3], [4, 5, 0]));
    expect(output.shape).toEqual([2, 3, 6]);
    expect(state[0].h.shape).toEqual([2, 4]);
    const ragged = model.forward(Sequence.fromArrays([[1, 2], [3]], { dtype: 'int32' }));
    expect(ragged.output.rows.shape).toEqual([3, 6]);
  });

  test('names its weights as files do', () => {
    const shapes = (model: LanguageModel) =>
      Object.fromEntries(Object.entries(model.stateDict()).map(([name, x]) => [name, x.shape]));
    expect(shapes(new LanguageModel({ ...small, numLayers: 2 }))).toEqual({
      'embedding.W': [6, 3],
      'recurrent.0.W': [3, 16],
      'recurrent.0.U': [4, 16],
      'recurrent.0.b': [16],
      'recurrent.1.W': [4, 16],
      'recurrent.1.U': [4, 16],
      'recurrent.1.b': [16],
      'head.W': [4, 6],
      'head.b': [6],
    });
  });

  test('gives in pieces with its state carried what it gives at once', () => {
    const model = new LanguageModel({ ...small, cell: 'gru', numLayers: 2 });
    const whole = values(model.forward(ids([1, 2, 3, 4, 5])).output);
    const first = model.forward(ids([1, 2]));
    const second = model.forward(ids([3, 4, 5]), first.state);
    const pieces = [...values(first.output), ...values(second.output)];
    for (const [i, value] of pieces.entries()) expect(value).toBeCloseTo(whole[i], 6);
  });

  test('scores ragged sequences as it scores each of them alone', () => {
    const model = new LanguageModel(small);
    const sequence = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(sequence, { minLength: 1, maxLength: 3 }), (rows) => {
        const together = model.forward(Sequence.fromArrays(rows, { dtype: 'int32' })).output;
        for (const [i, x] of together.toTensors().entries()) {
          const alone = values(model.forward(ids(rows[i])).output);
          for (const [k, value] of values(x).entries()) expect(value).toBeCloseTo(alone[k], 5);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('drops out while training only', () => {
    const model = new LanguageModel({ ...small, dropout: 0.5 });
    const run = () => values(model.forward(ids([1, 2, 3])).output);
    expect(run()).not.toEqual(run());
    model.eval();
    expect(run()).toEqual(run());
  });

  test('starts with the same weights from the same seed and name', () => {
    const weights = (name?: string) => {
      manualSeed(4);
      const model = new LanguageModel(name === undefined ? small : { ...small, name });
      return values(model.head.W);
    };
    expect(weights()).toEqual(weights());
    expect(weights('other')).not.toEqual(weights());
  });

  test('is built again by its config, which is plain', () => {
    const model = new LanguageModel({ ...small, cell: lstm, dropout: 0.25, numLayers: 2 });
    const config = JSON.parse(JSON.stringify(model.config));
    expect(config).toEqual({ ...small, numLayers: 2, cell: 'lstm', dropout: 0.25 });
    expect(new LanguageModel(config).config).toEqual(model.config);
    expect(new LanguageModel({ vocabSize: 2 }).config).toMatchObject({ hiddenSize: 128 });
  });

  test.each(Object.keys(cells) as CellName[])('takes a %s by its name', (cell) => {
    const model = new LanguageModel({ ...small, cell, numLayers: 2 });
    expect(model.forward(ids([1, 2, 3])).output.shape).toEqual([1, 3, 6]);
    expect(model.config.cell).toBe(cell);
  });

  test('with tied weights has one matrix for both ends, also when it is built again', () => {
    const tied = { vocabSize: 6, embeddingSize: 4, hiddenSize: 4, tied: true };
    const model = new LanguageModel(tied);
    expect(Object.keys(model.stateDict())).not.toContain('head.W');
    expect(model.head.W).toBe(model.embedding.W);
    expect(model.config.tied).toBe(true);
    expect(Math.max(...values(model.embedding.W).map(Math.abs))).toBeLessThanOrEqual(0.5);
    const again = new LanguageModel(JSON.parse(JSON.stringify(model.config)));
    again.loadStateDict(model.stateDict());
    expect(values(again.forward(ids([1, 2, 3])).output)).toEqual(
      values(model.forward(ids([1, 2, 3])).output),
    );
    expect(new LanguageModel({ ...tied, tied: false }).config).not.toHaveProperty('tied');
    expect(() => new LanguageModel({ ...small, tied: true })).toThrow(
      'LanguageModel: tied weights need equal embeddingSize and hiddenSize; got 3 and 4. Set one to the other, or leave out tied.',
    );
  });

  test('takes a cell of your own', () => {
    const scaled = defineCell({
      name: 'scaled',
      states: ['h'],
      weights: ({ inputSize, hiddenSize }) => ({ V: [inputSize, hiddenSize], g: [hiddenSize] }),
      step: ({ h }, { g }) => ({ h: tanh(mul(h, g)) }),
    });
    const model = new LanguageModel({ ...small, cell: scaled });
    expect(model.config.cell).toBe('scaled');
    expect(Object.keys(model.stateDict())).toContain('recurrent.0.g');
  });

  test('refuses options that do not exist or are out of range', () => {
    const wrong = { vocabsize: 3, hidden: 2 } as never;
    expect(() => new LanguageModel(wrong)).toThrow(OptionError);
    expect(() => new LanguageModel(wrong)).toThrow(
      "LanguageModel: there is no option 'vocabsize', 'hidden'; there are vocabSize, embeddingSize, hiddenSize, numLayers, cell, connection, dropout, tied, name",
    );
    expect(() => new LanguageModel({ vocabSize: 0 })).toThrow(OptionError);
    expect(() => new LanguageModel({ ...small, cell: 'lstn' as never })).toThrow('no cell');
    expect(() => new LanguageModel({ ...small, dropout: 2 })).toThrow(OptionError);
  });
});
