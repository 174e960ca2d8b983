import { readFileSync } from 'node:fs';
import { DataError, FileError, OptionError, UnsupportedError } from '@unroll/backend';
import { defineCell, GRU, LSTM, lstm, Recurrent, zoneout } from '@unroll/cells';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  Embedding,
  Linear,
  Module,
  RMSNorm,
  Sequential,
} from '@unroll/nn';
import { encode } from '@unroll/safetensors';
import { manualSeed, ones, parameter, type Tensor, tanh, tensor, zeros } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeNpz } from '../npz/npz.ts';
import { Tagger, type TaggerOptions } from '../testing/tagger.ts';
import { loadPyTorch, toPyTorch } from './state-dict.ts';

interface Case extends TaggerOptions {
  readonly state: Record<string, Tensor>;
  readonly ids: Tensor;
  readonly output: Tensor;
}

interface EncoderCase {
  readonly name: string;
  readonly state: Record<string, Tensor>;
  readonly x: Tensor;
  readonly output: Tensor;
}

const { cases, encoders } = fixture<{ cases: Case[]; encoders: EncoderCase[] }>(
  import.meta.url,
  'pytorch',
);
const modules = { head: 'fc' };

function messageOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

beforeEach(() => manualSeed(1));

describe.each(cases)(
  'a model of PyTorch: $kind, $layers layers, bidirectional $bidirectional, bias $bias',
  ({ state, ids, output, ...options }) => {
    const build = () => new Tagger({ ...options, dtype: 'float64' });

    test('gives the same outputs here', () => {
      const model = build();
      expect(loadPyTorch(model, state, { modules })).toMatchObject({ missing: [], unexpected: [] });
      expectClose(model.forward(ids), output);
    });

    test('comes through both kinds of files, and back to the names and shapes it had', async () => {
      for (const write of [encode, encodeNpz]) {
        const model = build();
        loadPyTorch(model, await write(state), { modules });
        const back = toPyTorch(model, { modules });
        expect(Object.keys(back).sort()).toEqual(Object.keys(state).sort());
        for (const [name, x] of Object.entries(back)) {
          expect(x.shape).toEqual(state[name].shape);
          if (!name.includes('bias_')) expectClose(x, state[name], 0);
        }
        const other = build();
        loadPyTorch(other, back, { modules });
        expectClose(other.forward(ids), output);
      }
    });
  },
);

const dtype = 'float64';
const encoderParts = {
  conv1d: () => [
    new Conv1d({ inChannels: 2, outChannels: 4, kernelSize: 3, groups: 2, dtype }),
    new BatchNorm1d({ size: 4, dtype }),
  ],
  conv2d: () => [
    new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: [2, 3], bias: false, dtype }),
    new BatchNorm2d({ size: 3, dtype }),
  ],
};

test.each(encoders)(
  'an encoder of PyTorch gives the same outputs here, and goes back: $name',
  (each) => {
    const [first, second] = encoderParts[each.name as keyof typeof encoderParts]();
    class Encoder extends Module {
      readonly parts = [first, second];
      override forward(x: Tensor): Tensor {
        return this.parts.reduce((y, part) => part.forward(y), x);
      }
    }
    const model = new Encoder().eval();
    const modules = { 'parts.0': '0', 'parts.1': '1' };
    loadPyTorch(model, each.state, { modules });
    expectClose(model.forward(each.x), each.output);
    const { '1.num_batches_tracked': count, ...weights } = each.state;
    expect(count.dtype).toBe('int32');
    const back = toPyTorch(model, { modules });
    expect(Object.keys(back).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, x] of Object.entries(back)) expectClose(x, weights[name], 0);
  },
);

describe('names', () => {
  test('are those of the modules, at any depth, and of parameters that PyTorch has no layer for', () => {
    class Scale extends Module {
      readonly factor = parameter(ones([3]));
      override forward(): undefined {}
    }
    class Model extends Module {
      readonly encoder = new Sequential(new Linear({ inputSize: 2, outputSize: 3 }), tanh);
      readonly scale = new Scale();
      readonly norm = new RMSNorm({ size: 3 });
      readonly lstm = new LSTM({ inputSize: 3, hiddenSize: 3, bias: false });
      override forward(): undefined {}
    }
    expect(Object.keys(toPyTorch(new Model(), { modules: { '': 'net', encoder: 'enc' } }))).toEqual(
      [
        'enc.0.weight',
        'enc.0.bias',
        'net.scale.factor',
        'net.norm.weight',
        'net.lstm.weight_ih_l0',
        'net.lstm.weight_hh_l0',
      ],
    );
  });

  test('of modules that do not exist are refused with those that do', () => {
    const write = () => toPyTorch(new Tagger(cases[0]), { modules: { haed: 'fc' } });
    expect(write).toThrow(OptionError);
    expect(write).toThrow(
      'there is no module haed; there are embedding, rnn, rnn.0, rnn.dropout, norm, head',
    );
  });

  test('of a tied weight are written under each of its modules, in the shapes PyTorch has', () => {
    class Tied extends Module {
      readonly embedding = new Embedding({ numEmbeddings: 5, embeddingSize: 2 });
      readonly head = new Linear({ inputSize: 2, outputSize: 5, tied: this.embedding.W });
      override forward(): undefined {}
    }
    const state = toPyTorch(new Tied());
    expect(Object.keys(state)).toEqual(['embedding.weight', 'head.weight', 'head.bias']);
    expectClose(state['head.weight'], state['embedding.weight'], 0);
    const other = new Tied();
    loadPyTorch(other, state);
    expectClose(other.head.W, state['embedding.weight'], 0);
  });
});

describe('weights that do not fit', () => {
  test('are one error with every name, and nothing is written', () => {
    const model = new Linear({ inputSize: 2, outputSize: 1 });
    const before = model.W.dataSync();
    const given = { weight: ones([2, 1]), beta: ones([1]) };
    expect(messageOf(() => loadPyTorch(model, given))).toBe(
      [
        'loadPyTorch: these are not the weights of this Linear; nothing was written.',
        '  missing: bias',
        '  unexpected: beta',
        '  misshapen: weight is float32 [1, 2], got float32 [2, 1]',
        "Do modules have other names there? { modules: { head: 'fc' } } says so.",
      ].join('\n'),
    );
    expect(() => loadPyTorch(model, given)).toThrow(DataError);
    expect(model.W.dataSync()).toEqual(before);
  });

  test('are loaded as far as they go when that is asked for', () => {
    const model = new LSTM({ inputSize: 1, hiddenSize: 1 });
    const b = model.stateDict()['0.b'].dataSync();
    const given = { weight_ih_l0: ones([4, 1]), bias_hh_l0: ones([4]), other: ones([1]) };
    const result = loadPyTorch(model, given, { strict: false });
    expect(result).toMatchObject({
      missing: ['weight_hh_l0', 'bias_ih_l0'],
      unexpected: ['other'],
    });
    expectClose(model.stateDict()['0.W'], [[1, 1, 1, 1]], 0);
    expectClose(
      model.stateDict()['0.b'],
      Float32Array.from(b, (x) => x + 1),
    );
  });

  test('of another floating dtype are turned into the model’s; ids are no weights', () => {
    const model = new Linear({ inputSize: 1, outputSize: 1, bias: false });
    loadPyTorch(model, { weight: tensor([[0.5]], { dtype: 'float64' }) });
    expect(model.W.dtype).toBe('float32');
    expect(model.W.itemSync()).toBe(0.5);
    const ids = { weight: tensor([[1]], { dtype: 'int32' }) };
    expect(() => loadPyTorch(model, ids)).toThrow('weight is float32 [1, 1], got int32 [1, 1]');
    expect(() => loadPyTorch(model, { weight: [1] as never })).toThrow('weight is no tensor');
  });

  test('of an LSTM with proj_size say what to build', () => {
    const layer = new LSTM({ inputSize: 3, hiddenSize: 4 });
    const given = { ...toPyTorch(layer), weight_hr_l0: zeros([2, 4]) };
    expect(() => loadPyTorch(layer, given)).toThrow(
      /unexpected: weight_hr_l0[\s\S]*build it with projSize/,
    );
  });
});

describe('what torch.nn lacks is refused by name', () => {
  const own = defineCell({ name: 'Sum', states: ['h'], step: ({ x }) => ({ h: x }) });

  test.each([
    ['GRU (reset before)', new GRU({ inputSize: 2, hiddenSize: 2, reset: 'before' })],
    ['Sum', new Recurrent({ cell: own, inputSize: 2, hiddenSize: 2 })],
    [
      'LSTM with zoneout',
      new Recurrent({ cell: zoneout(lstm, { h: 0.1 }), inputSize: 2, hiddenSize: 2 }),
    ],
  ])('%s', (name, layer) => {
    expect(() => toPyTorch(layer)).toThrow(UnsupportedError);
    expect(() => toPyTorch(layer)).toThrow(`torch.nn has no ${name}`);
    expect(() => loadPyTorch(layer, {})).toThrow(`torch.nn has no ${name}`);
  });

  test.each([
    ["mergeMode 'average'", { bidirectional: true, mergeMode: 'average' }],
    ["connection 'highway'", { numLayers: 2, connection: 'highway' }],
    ['learnInitialState', { learnInitialState: true }],
  ] as const)('%s', (words, options) => {
    const layer = new LSTM({ inputSize: 2, hiddenSize: 2, ...options });
    expect(() => toPyTorch(layer)).toThrow(`has ${words}, which the other side has not`);
  });

  test('a misspelt option too', () => {
    const model = new Linear({ inputSize: 1, outputSize: 1 });
    expect(() => loadPyTorch(model, {}, { stricht: false } as never)).toThrow(
      "no option 'stricht'",
    );
  });
});

describe('a pickle is never read, and the way out is said', () => {
  const linear = new Linear({ inputSize: 2, outputSize: 1 });

  test('as torch.save writes it', () => {
    const url = new URL('../../fixtures/pickle.pt', import.meta.url);
    const load = () => loadPyTorch(linear, readFileSync(url), { file: 'pickle.pt' });
    expect(load).toThrow(FileError);
    expect(load).toThrow(/pickle.pt: is a pickle.*safetensors.torch.save_file/);
  });

  test('as PyTorch wrote it before zip files', () => {
    const old = new Uint8Array([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]);
    expect(() => loadPyTorch(linear, old)).toThrow('is a pickle');
  });
});
