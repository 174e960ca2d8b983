import { crossEntropy, Embedding, Linear, MLP, Module, mseLoss } from '@unroll/nn';
import { Adam, SGD } from '@unroll/optimizers';
import {
  assign,
  manualSeed,
  mul,
  randomStream,
  reshape,
  sigmoid,
  type Tensor,
  tanh,
  tensor,
} from '@unroll/tensor';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Batch } from '../data.ts';
import type { TrainerOptions } from '../options.ts';
import { toy } from '../toy.ts';
import { Trainer } from '../trainer.ts';
import type { TrainingWarning } from './warning.ts';

beforeEach(() => manualSeed(5));

/** Trains and gives what was warned of. */
async function warned(
  options: Partial<TrainerOptions> & Pick<TrainerOptions, 'model'>,
  train: readonly Batch[],
  steps: number,
): Promise<TrainingWarning[]> {
  const warnings: TrainingWarning[] = [];
  const optimizer = new Adam(options.model.parameters(), { lr: 1e-3 });
  const onWarning = (warning: TrainingWarning) => void warnings.push(warning);
  await new Trainer({ optimizer, ...options, onWarning }).fit({ train, steps });
  return warnings;
}

const kinds = (warnings: readonly TrainingWarning[]) => warnings.map(({ kind }) => kind);

/** Rows of noise with a class for each. */
function rows(features: number, classes: number, scale = 1): Batch {
  const input = mul(randomStream('x').normal([64, features]), scale);
  const target = tensor(Int32Array.from({ length: 64 }, (_, i) => i % classes));
  return { input, target };
}

test('a net that learns is not warned of', async () => {
  const warnings: TrainingWarning[] = [];
  const { trainer, train, valid } = toy({ onWarning: (warning) => void warnings.push(warning) });
  await trainer.fit({ train, valid, steps: 70 });
  expect(warnings).toEqual([]);
});

describe('the first loss', () => {
  const net = () => new MLP({ inputSize: 8, hiddenSizes: [16], outputSize: 10 });

  test('is told where it is far above ln(classes), once, with the way out', async () => {
    const [warning, ...others] = await warned({ model: net() }, [rows(8, 10, 100)], 3);
    expect(others).toEqual([]);
    expect(warning.kind).toBe('start');
    expect(warning.message).toMatch(
      /^the first loss is [\d.]+, where 10 classes of equal probability give ln\(10\) = 2\.30: .* Scale the inputs/,
    );
  });

  test('is not told of another loss, of which nobody knows where it begins', async () => {
    const loss: TrainerOptions['loss'] = (y, target) =>
      mul(crossEntropy(y as Tensor, target as Tensor), 9);
    expect(await warned({ model: net(), loss }, [rows(8, 10)], 3)).toEqual([]);
  });

  test('goes to the console where nobody listens', async () => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const model = net();
    const trainer = new Trainer({ model, optimizer: new SGD(model.parameters(), { lr: 1e-6 }) });
    await trainer.fit({ train: [rows(8, 10, 100)], steps: 1 });
    await trainer.fit({ train: [rows(8, 10, 100)], steps: 1 });
    expect(said.mock.calls).toEqual([[expect.stringMatching(/^Trainer: the first loss is/)]]);
    said.mockRestore();
  });
});

describe('unknown words', () => {
  class Words extends Module {
    readonly embedding = new Embedding({ numEmbeddings: 10, embeddingSize: 4, name: 'words' });
    readonly head = new Linear({ inputSize: 4, outputSize: 10, name: 'head' });
    override forward(ids: Tensor): Tensor {
      return this.head.forward(this.embedding.forward(ids));
    }
  }
  const text = (unknownIn100: number): Batch => {
    const ids = Int32Array.from({ length: 1000 }, (_, i) =>
      i % 100 < unknownIn100 ? 0 : 1 + (i % 9),
    );
    const input = tensor(ids, { shape: [10, 100] });
    return { input, target: input };
  };

  test.each([
    [11, 3, ['unknown']],
    [11, 20, ['unknown']],
    [10, 20, []],
  ])('in a text with %i of 100, %i batches long, are told: %j', async (share, steps, expected) => {
    const warnings = await warned({ model: new Words(), unkId: 0 }, [text(share)], steps);
    expect(kinds(warnings)).toEqual(expected);
    for (const { message } of warnings) expect(message).toMatch(/^11\.0 % .*unknown words \(0\)/);
  });

  test('are not counted without their id', async () => {
    expect(await warned({ model: new Words() }, [text(50)], 20)).toEqual([]);
  });
});

describe('gradients', () => {
  const deep = (activation: typeof sigmoid) =>
    new MLP({ inputSize: 16, hiddenSizes: new Array(10).fill(16), outputSize: 4, activation });

  test('that vanish in a deep net of sigmoids are told with the layers, those of tanh are not', async () => {
    const batch = rows(16, 4);
    const [warning] = await warned({ model: deep(sigmoid) }, [batch], 16);
    expect(warning.kind).toBe('vanishing');
    expect(warning.message).toMatch(/^gradients vanish: in layers\.0.* of those in layers\.10/);
    expect(await warned({ model: deep(tanh) }, [batch], 16)).toEqual([]);
  });

  test('that explode are told with the step, how far, and the layer', async () => {
    const model = new MLP({ inputSize: 4, hiddenSizes: [4], outputSize: 1 });
    const usual = {
      input: randomStream('x').normal([8, 4]),
      target: tensor(new Float32Array(8), { shape: [8, 1] }),
    };
    const outlier = { ...usual, input: mul(usual.input, 1e4) };
    const train = [...new Array(24).fill(usual), outlier];
    const [warning, ...others] = await warned({ model, loss: mseLoss as never }, train, 25);
    expect(kinds(others)).toEqual([]);
    expect(warning.kind).toBe('exploding');
    expect(warning.message).toMatch(
      /^gradients explode: at step 25 their norm is .* times the usual .* in layers\.\d/,
    );
  });

  test('that do not reach a layer are told', async () => {
    class Lazy extends Module {
      readonly used = new Linear({ inputSize: 4, outputSize: 3, name: 'used' });
      readonly forgotten = new Linear({ inputSize: 4, outputSize: 3, name: 'forgotten' });
      override forward(x: Tensor): Tensor {
        return this.used.forward(x);
      }
    }
    const [warning, ...others] = await warned({ model: new Lazy() }, [rows(4, 3)], 20);
    expect(others).toEqual([]);
    expect(warning).toEqual({
      kind: 'unused',
      message: expect.stringMatching(/^no gradient reaches forgotten:/),
    });
  });

  test('of a tied head count where the weight stands first', async () => {
    class Tied extends Module {
      readonly embedding = new Embedding({ numEmbeddings: 9, embeddingSize: 6, name: 'e' });
      readonly head = new Linear({
        inputSize: 6,
        outputSize: 9,
        bias: false,
        tied: this.embedding.W,
        name: 'h',
      });
      override forward(ids: Tensor): Tensor {
        return this.head.forward(this.embedding.forward(ids));
      }
    }
    const ids = tensor(
      Int32Array.from({ length: 9 }, (_, i) => i),
      { shape: [1, 9] },
    );
    const model = new Tied();
    assign(model.embedding.W, mul(model.embedding.W, 0.1));
    expect(await warned({ model }, [{ input: ids, target: reshape(ids, [1, 9]) }], 20)).toEqual([]);
  });
});
