import { roundingTolerance } from '@unroll/backend/testing';
import { concat, manualSeed, noGrad, Sequence, selectRows, slice } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { EncoderDecoder, type EncoderDecoderOptions } from './encoder-decoder.ts';

beforeEach(() => manualSeed(6));

const sizes = { sourceVocabSize: 9, targetVocabSize: 5, embeddingSize: 4, hiddenSize: 6 };
const ids = (...arrays: number[][]) => Sequence.fromArrays(arrays, { dtype: 'int32' });
const source = ids([3, 1, 4, 1], [5, 2], [8, 8, 8]);
const target = ids([0, 1, 2], [0, 3, 4], [0, 2, 2]);

const kinds: [string, Partial<EncoderDecoderOptions>][] = [
  ['attention', {}],
  ['attention, an LSTM and general scores', { cell: 'lstm', score: 'general' }],
  ['no attention', { attention: false }],
];

describe.each(kinds)('an encoder–decoder with %s', (_, options) => {
  const make = () => new EncoderDecoder({ ...sizes, ...options }).eval();

  test('scores step by step what it scores at once, also of selected rows', () => {
    const model = make();
    const whole = noGrad(() => model.forward(target, model.encode(source))).output.toBatch();
    const order = [2, 0];
    let state = selectRows(
      noGrad(() => model.encode(source)),
      order,
    );
    const steps = [0, 1, 2].map((t) => {
      const rows = slice(selectRows(target.toBatch(), order), { axis: 1, from: t, to: t + 1 });
      const result = noGrad(() => model.forward(rows, state));
      state = result.state;
      return result.output;
    });
    expectClose(concat(steps, { axis: 1 }), selectRows(whole, order), roundingTolerance(64, 3));
  });

  test('of a ragged batch gives what it gives to each alone', () => {
    const model = make();
    const { output } = noGrad(() => model.forward(target, model.encode(source)));
    for (const i of [0, 1, 2]) {
      const own = (x: Sequence) => Sequence.fromArrays([x.toTensors()[i]]);
      const alone = noGrad(() => model.forward(own(target), model.encode(own(source))));
      expectClose(output.toTensors()[i], alone.output.rows, roundingTolerance(64, 4));
    }
  });
});

test('it shows how it looked, over the source of each and nothing beyond', () => {
  const model = new EncoderDecoder(sizes);
  const { attention } = model.forward(target, model.encode(source));
  expect(attention?.features).toEqual([4]);
  const [, second] = attention?.toTensors() ?? [];
  expect([...slice(second, { axis: 1, from: 2, to: 4 }).dataSync()]).toEqual(new Array(6).fill(0));
  const plain = new EncoderDecoder({ ...sizes, attention: false });
  expect(plain.forward(target, plain.encode(source)).attention).toBeUndefined();
});

test('options that do not exist are refused', () => {
  expect(() => new EncoderDecoder({ ...sizes, heads: 2 } as never)).toThrow("no option 'heads'");
});
