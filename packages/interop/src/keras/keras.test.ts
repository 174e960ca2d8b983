import { readFileSync } from 'node:fs';
import { DataError, FileError, OptionError, UnsupportedError } from '@unroll/backend';
import { defineCell, GRU, LSTM, Recurrent, RNN } from '@unroll/cells';
import { Embedding, LayerNorm, Linear, Module } from '@unroll/nn';
import { type Tensor, tanh } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import fc from 'fast-check';
import * as h5wasm from 'h5wasm';
import { describe, expect, test } from 'vitest';
import { readZip } from '../zip/read-zip.ts';
import { writeZip } from '../zip/write-zip.ts';
import { loadKeras } from './load-keras.ts';

interface KerasLayer {
  readonly kind: string;
  readonly bidirectional: boolean;
  readonly reset_after?: boolean;
  readonly activation?: 'tanh' | 'relu';
  readonly use_bias?: boolean;
  readonly merge_mode?: 'ave' | 'mul';
}

interface Case {
  readonly file: string;
  readonly layers: readonly KerasLayer[];
  readonly ids: Tensor;
  readonly output: Tensor;
}

const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'keras');
const fixtureOf = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));

function build({ kind, bidirectional, ...keras }: KerasLayer, inputSize: number): Recurrent {
  const { merge_mode: merged, use_bias: bias = true } = keras;
  const mergeMode = merged === 'ave' ? 'average' : merged;
  const options = { inputSize, hiddenSize: 3, bidirectional, bias, mergeMode } as const;
  if (kind === 'lstm') return new LSTM(options);
  if (kind === 'gru') return new GRU({ ...options, reset: keras.reset_after ? 'after' : 'before' });
  return new RNN({ ...options, nonlinearity: keras.activation });
}

class Model extends Module {
  readonly embedding = new Embedding({ numEmbeddings: 7, embeddingSize: 4 });
  readonly rnns: Recurrent[] = [];
  readonly head: Linear;

  constructor(layers: readonly KerasLayer[]) {
    super();
    let inputSize = 4;
    for (const layer of layers) {
      this.rnns.push(build(layer, inputSize));
      inputSize = (this.rnns.at(-1) as Recurrent).outputSize;
    }
    this.head = new Linear({ inputSize, outputSize: 5 });
  }

  override forward(ids: Tensor): Tensor {
    const x = this.rnns.reduce((y, rnn) => rnn.forward(y).output, this.embedding.forward(ids));
    return this.head.forward(x);
  }
}

const caseOf = (file: string) => cases.find((each) => each.file === file) as Case;

/** An HDF5 file in memory, made by `fill`. */
async function hdf5(fill: (file: h5wasm.File) => void): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  const file = new h5wasm.File('made.h5', 'w');
  fill(file);
  file.close();
  return FS.readFile('made.h5');
}

function put(file: h5wasm.File, path: string, data: h5wasm.GuessableDataTypes, shape: number[]) {
  const parts = path.split('/');
  parts.slice(1).forEach((_, i) => {
    const group = parts.slice(0, i + 1).join('/');
    if (!file.paths().includes(group)) file.create_group(group);
  });
  file.create_dataset({ name: path, data, shape });
}

describe.each(cases)('$file', ({ file, layers, ids, output }) => {
  test('gives the same outputs here', async () => {
    const model = new Model(layers);
    await loadKeras(model, fixtureOf(file), { file });
    expectClose(model.forward(ids), output);
  });
});

test('a stack of layers here is as many layers there', async () => {
  const { file, ids, output } = caseOf('simple-rnn.weights.h5');
  class Stacked extends Module {
    readonly embedding = new Embedding({ numEmbeddings: 7, embeddingSize: 4 });
    readonly rnn = new RNN({ inputSize: 4, hiddenSize: 3, numLayers: 2 });
    readonly head = new Linear({ inputSize: 3, outputSize: 5 });
    override forward(x: Tensor): Tensor {
      return this.head.forward(this.rnn.forward(this.embedding.forward(x)).output);
    }
  }
  for (const options of [{}, { layers: { rnn: ['simple_rnn', 'simple_rnn_1'], head: 'dense' } }]) {
    const model = new Stacked();
    await loadKeras(model, fixtureOf(file), options);
    expectClose(model.forward(ids), output);
  }
  const wrong = loadKeras(new Stacked(), fixtureOf(file), { layers: { rnn: 'simple_rnn' } });
  await expect(wrong).rejects.toThrow('rnn stands for 2 Keras layers; layers names 1');
});

test('a subclassed model and LayerNormalization have their own paths', async () => {
  class Model extends Module {
    readonly norm = new LayerNorm({ size: 2 });
    readonly out = new Linear({ inputSize: 2, outputSize: 1, bias: false });
    override forward(): undefined {}
  }
  const bytes = await hdf5((file) => {
    put(file, 'norm/vars/0', Float32Array.of(1, 2), [2]);
    put(file, 'norm/vars/1', Float32Array.of(3, 4), [2]);
    put(file, 'out/vars/0', Float64Array.of(5, 6), [2, 1]);
  });
  const model = new Model();
  await loadKeras(model, bytes, { layers: { norm: 'norm', out: 'out' } });
  const state = model.stateDict();
  expectClose(state['norm.g'], [1, 2], 0);
  expectClose(state['norm.b'], [3, 4], 0);
  expectClose(state['out.W'], [[5], [6]], 0);
});

describe('what does not fit', () => {
  test('is one error with every variable, and nothing is written', async () => {
    class Other extends Module {
      readonly rnn = new LSTM({ inputSize: 4, hiddenSize: 2 });
      readonly head = new Linear({ inputSize: 6, outputSize: 5 });
      override forward(): undefined {}
    }
    const model = new Other();
    const before = model.head.W.dataSync();
    const loading = loadKeras(model, fixtureOf('lstm.keras'));
    await expect(loading).rejects.toThrow(DataError);
    const message = await loading.catch((error: Error) => error.message);
    expect(message).toContain(
      'loadKeras: these are not the weights of this Other; nothing was written.',
    );
    expect(message).toContain('misshapen: lstm/cell/vars/0 is [4, 8], got [6, 12];');
    expect(message).toContain('unexpected: bidirectional/backward_layer/cell/vars/0;');
    expect(message).toContain('embedding/vars/0');
    expect(message).not.toMatch(/optimizer|seed_generator/);
    expect(model.head.W.dataSync()).toEqual(before);
  });

  test('is seen in the configuration where the weights cannot show it', async () => {
    const relu = new Model([{ kind: 'simple_rnn', bidirectional: true, activation: 'tanh' }]);
    await expect(loadKeras(relu, fixtureOf('relu.keras'))).rejects.toThrow(
      'different: bidirectional: SimpleRNN has activation "relu", ours is tanh',
    );
    const gru = { kind: 'gru', bidirectional: false, use_bias: false };
    const before = new Model([{ ...gru, reset_after: false }]);
    await expect(loadKeras(before, fixtureOf('no-bias.keras'))).rejects.toThrow(
      'gru: GRU has reset_after true, ours is false',
    );
  });

  test('a GRU of the other kind has another bias', async () => {
    const { file, layers } = caseOf('gru-after.weights.h5');
    const model = new Model(layers.map((layer) => ({ ...layer, reset_after: false })));
    await expect(loadKeras(model, fixtureOf(file))).rejects.toThrow(
      'gru/cell/vars/2 is [9], got [2, 9]',
    );
  });

  test('a merge mode, a cell, a module and an option that are not there are named', async () => {
    const file = fixtureOf('relu.keras');
    const entries = readZip({ bytes: file, file: 'x' });
    const text = new TextDecoder().decode(entries.get('config.json')?.());
    const summed = new Map([...entries].map(([name, read]) => [name, read()]));
    summed.set('config.json', new TextEncoder().encode(text.replace('"concat"', '"sum"')));
    const model = () => new Model(caseOf('relu.keras').layers);
    await expect(loadKeras(model(), writeZip(summed))).rejects.toThrow(
      'Bidirectional has merge_mode "sum", ours is "concat"',
    );
    const cell = defineCell({ name: 'Own', states: ['h'], step: ({ x }) => ({ h: tanh(x) }) });
    const own = new Recurrent({ cell, inputSize: 2, hiddenSize: 2 });
    await expect(loadKeras(own, file)).rejects.toThrow(UnsupportedError);
    await expect(loadKeras(own, file)).rejects.toThrow('Keras has no Own');
    await expect(loadKeras(model(), file, { layers: { haed: 'dense' } })).rejects.toThrow(
      OptionError,
    );
    await expect(loadKeras(model(), file, { layer: {} } as never)).rejects.toThrow(
      "no option 'layer'",
    );
  });
});

describe('a hostile file is a FileError', () => {
  const linear = () => new Linear({ inputSize: 2, outputSize: 2, bias: false });

  test.each([
    ['no HDF5', new Uint8Array(100), 'is no HDF5 file'],
    [
      'an archive without weights',
      writeZip(new Map([['a', new Uint8Array(1)]])),
      'has no model.weights.h5',
    ],
    [
      'an archive of several weight files',
      writeZip(new Map([['model.weights.json', new Uint8Array(1)]])),
      'weights in several files are not read',
    ],
  ])('%s', async (_, bytes, words) => {
    const loading = loadKeras(linear(), bytes, { file: 'm.keras' });
    await expect(loading).rejects.toThrow(FileError);
    await expect(loading).rejects.toThrow('loadKeras: m.keras: ');
    await expect(loading).rejects.toThrow(words);
  });

  test('that is cut off or has a byte changed is an error of ours, or is read', async () => {
    const whole = fixtureOf('simple-rnn.weights.h5');
    const { layers } = caseOf('simple-rnn.weights.h5');
    const attempt = async (bytes: Uint8Array) => {
      const error = await loadKeras(new Model(layers), bytes).catch((caught: unknown) => caught);
      const ours = error instanceof FileError || error instanceof DataError;
      if (error instanceof Error && !ours) throw error;
      return ours;
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 2), async (length) => {
        expect(await attempt(whole.subarray(0, length))).toBe(true);
      }),
      { numRuns: 40 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const bytes = whole.slice();
          bytes[at] ^= change;
          await attempt(bytes);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('that claims an array of terabytes, of another dtype, or whose links go in a circle', async () => {
    const huge = fixtureOf('huge.weights.h5');
    await expect(loadKeras(linear(), huge)).rejects.toThrow(
      'misshapen: dense/vars/0 is [2, 2], got',
    );
    const integers = await hdf5((file) => {
      put(file, 'dense/vars/0', Int32Array.of(1, 2, 3, 4), [2, 2]);
    });
    await expect(loadKeras(linear(), integers)).rejects.toThrow('got <i [2, 2]');
    const circle = await hdf5((file) => {
      file.create_group('dense');
      (file.get('dense') as h5wasm.Group).create_hard_link('/', 'again');
    });
    await expect(loadKeras(linear(), circle)).rejects.toThrow('do its links go in a circle?');
  });
});
