import { roundingTolerance, tolerances } from '@unroll/backend/testing';
import { cells } from '@unroll/cells';
import {
  add,
  concat,
  gradcheck,
  manualSeed,
  matmul,
  mul,
  randomStream,
  reshape,
  Sequence,
  slice,
  softmax,
  sum,
  type Tensor,
  tanh,
  transpose,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { AttentionDecoder, type AttentionDecoderOptions } from './attention-decoder.ts';
import type { AttentionScore } from './attention-step.ts';

beforeEach(() => manualSeed(2));

const sizes = {
  inputSize: 3,
  hiddenSize: 4,
  memorySize: 4,
  cell: 'rnn',
  dtype: 'float64',
} as const;
const draw = (shape: number[]) => randomStream('test').normal(shape, { dtype: 'float64' });
const scores: AttentionScore[] = ['dot', 'scaled-dot', 'general', 'additive'];

/** The equations of Luong et al. 2015 for one sequence, tensor by tensor, around h = tanh(input·W + h·U + b). */
function byHand(decoder: AttentionDecoder, x: Tensor, memory: Tensor) {
  const { W, U, b, Wa, Wq, v, Wc } = decoder.weights;
  const { score, inputFeeding } = decoder.step;
  const outputs: Tensor[] = [];
  const weights: Tensor[] = [];
  let [h, a]: [Tensor | undefined, Tensor | undefined] = [undefined, undefined];
  for (let t = 0; t < x.shape[0]; t++) {
    const row = slice(x, { axis: 0, from: t, to: t + 1 });
    const fed: Tensor = a ?? mul(slice(memory, { axis: 0, from: 0, to: 1 }), 0);
    const input: Tensor = inputFeeding ? concat([row, fed], { axis: 1 }) : row;
    const drive: Tensor = add(matmul(input, W), b);
    h = tanh(h ? add(drive, matmul(h, U)) : drive);
    const seen: Record<AttentionScore, () => Tensor> = {
      dot: () => matmul(h as Tensor, transpose(memory)),
      'scaled-dot': () => mul(matmul(h as Tensor, transpose(memory)), 0.5),
      general: () => matmul(matmul(h as Tensor, Wa), transpose(memory)),
      additive: () => {
        const keys = matmul(memory, decoder.keys!.W);
        return reshape(matmul(tanh(add(matmul(h as Tensor, Wq), keys)), v), [1, memory.shape[0]]);
      },
    };
    const attention = softmax(seen[score]());
    a = tanh(matmul(concat([matmul(attention, memory), h], { axis: 1 }), Wc));
    outputs.push(a);
    weights.push(attention);
  }
  return { output: concat(outputs, { axis: 0 }), attention: concat(weights, { axis: 0 }) };
}

describe.each(scores)('a decoder with the score %s', (score) => {
  const make = (options: Partial<AttentionDecoderOptions> = {}) =>
    new AttentionDecoder({ ...sizes, score, ...options });

  test.each([true, false])('is its equations, input feeding %s', (inputFeeding) => {
    const decoder = make({ inputFeeding });
    const [x, memory] = [draw([3, 3]), draw([5, 4])];
    const source = decoder.look(Sequence.fromArrays([memory]));
    const { output, attention } = decoder.forward(Sequence.fromArrays([x]), source);
    const expected = byHand(decoder, x, memory);
    expectClose(output.rows, expected.output, tolerances.fixture.float64);
    expectClose(attention.rows, expected.attention, tolerances.fixture.float64);
  });

  test('has right gradients of input, memory and weights', () => {
    const decoder = make();
    const run = (x: Tensor, memory: Tensor) => {
      const source = decoder.look(Sequence.fromBatch(memory, [4, 2]));
      return decoder.forward(Sequence.fromBatch(x, [2, 3]), source).output.rows;
    };
    gradcheck(run, [draw([2, 3, 3]), draw([2, 4, 4])]);
  });

  test('of a ragged batch gives what it gives to each alone, and step by step what it gives at once', () => {
    const decoder = make({ dtype: 'float32', cell: cells.lstm });
    const wide = (x: Tensor) => randomStream('wide').normal([...x.shape]);
    const [x, memory] = [wide(draw([2, 3, 3])), wide(draw([2, 4, 4]))];
    const source = decoder.look(Sequence.fromBatch(memory, [3, 4]));
    const whole = decoder.forward(Sequence.fromBatch(x, [2, 3]), source);
    for (const i of [0, 1]) {
      const rows = (y: Tensor, n: number) =>
        Sequence.fromBatch(slice(y, { axis: 0, from: i, to: i + 1 }), [n]);
      const own = decoder.look(rows(memory, [3, 4][i]));
      const alone = decoder.forward(rows(x, [2, 3][i]), own);
      expectClose(whole.output.toTensors()[i], alone.output.rows, roundingTolerance(64, 3));
    }
    const all = decoder.forward(Sequence.fromBatch(x), source);
    let state = {};
    const steps = [0, 1, 2].map((t) => {
      const step = Sequence.fromBatch(slice(x, { axis: 1, from: t, to: t + 1 }));
      const result = decoder.forward(step, source, state);
      state = result.state;
      return result.output.toBatch();
    });
    expectClose(concat(steps, { axis: 1 }), all.output.toBatch(), roundingTolerance(64, 3));
  });
});

test('attention sums to 1 within the memory and is 0 beyond', () => {
  const decoder = new AttentionDecoder(sizes);
  const source = decoder.look(Sequence.fromBatch(draw([2, 4, 4]), [4, 2]));
  const { attention } = decoder.forward(Sequence.fromBatch(draw([2, 3, 3])), source);
  const [, second] = attention.toTensors();
  expectClose(sum(second, { axis: 1 }), [1, 1, 1], 1e-9);
  expect([...slice(second, { axis: 1, from: 2, to: 4 }).dataSync()]).toEqual(new Array(6).fill(0));
});

test('what does not fit is refused', () => {
  expect(() => new AttentionDecoder({ ...sizes, memorySize: 5, score: 'dot' })).toThrow(
    'hiddenSize and memorySize must be equal; got 4 and 5',
  );
  expect(() => new AttentionDecoder({ ...sizes, score: 'cosine' as never })).toThrow(
    'score must be',
  );
  const decoder = new AttentionDecoder(sizes);
  expect(() => decoder.look(Sequence.fromBatch(draw([1, 2, 3])))).toThrow('memorySize is 4');
  const source = decoder.look(Sequence.fromBatch(draw([2, 2, 4])));
  expect(() => decoder.forward(Sequence.fromBatch(draw([1, 2, 3])), source)).toThrow(
    'one batch; got 1 and 2',
  );
  const x = Sequence.fromBatch(draw([2, 2, 3]));
  expect(() => decoder.forward(x, source, { q: draw([2, 4]) })).toThrow('there is no state q');
});
