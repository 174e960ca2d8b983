import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '@unroll/backend';
import {
  affine,
  defineCell,
  gru,
  lstm,
  projectedLstm,
  variationalDropout,
  weightDrop,
  withActivations,
  zoneout,
} from '@unroll/cells';
import { Linear } from '@unroll/nn';
import { hardSigmoid, mul, tanh, tensor } from '@unroll/tensor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { load, save } from './folder.ts';
import { LanguageModel } from './language-model.ts';
import { bits, freshFolder, removeFolder, tokenizer } from './testing/folders.ts';

let folder: string;

beforeEach(async () => {
  folder = await freshFolder();
});

afterEach(() => removeFolder(folder));

/** A model of the reader's own, with one option. */
class Twice extends Linear {
  readonly config: { inputSize: number };

  constructor(config: { inputSize: number }) {
    super({ inputSize: config.inputSize, outputSize: config.inputSize });
    this.config = config;
  }
}

/** Lies under another name than its class, as after a bundler. */
class Renamed extends LanguageModel {
  static override readonly className = 'Poet';
}

class Heir extends LanguageModel {}

describe('a saved folder', () => {
  test('holds models of your own classes and cells, which loading must be given', async () => {
    const model = new Twice({ inputSize: 3 });
    await save(folder, { model });
    const saved = await load<Twice>(folder, { classes: [Twice] });
    expect(saved.model).toBeInstanceOf(Twice);
    expect(bits(saved)).toEqual(bits({ model }));
    await expect(load(folder)).rejects.toThrow(
      /config\.json: the class Twice is not known; known are LanguageModel, TransformerLanguageModel, EncoderDecoder, TextClassifier\. Pass it: load\(source, \{ classes: \[Twice\] \}\)$/,
    );

    const mgu = defineCell({
      name: 'gated',
      states: ['h'],
      gates: ['f'],
      step: ({ x, h }, { W, U, b }) => ({ h: mul(h, tanh(affine([x, W.f], [h, U.f], b.f))) }),
    });
    await save(folder, { model: new LanguageModel({ vocabSize: 5, cell: mgu }) });
    expect((await load(folder, { cells: [mgu] })).model.recurrent.cell).toBe(mgu);
    await expect(load(folder)).rejects.toThrow(FileError);
    await expect(load(folder)).rejects.toThrow(
      /no LanguageModel can be built: .*there is no cell 'gated'; .*A cell of your own, called 'gated', is passed: load\(source, \{ cells: \[gated\] \}\)$/,
    );
    await save(folder, { model: new LanguageModel({ vocabSize: 5, cell: zoneout(mgu, 0.1) }) });
    const { model: wrapped } = await load(folder, { cells: [mgu] });
    expect(wrapped.recurrent.cell.name).toBe('gated with zoneout');
    await expect(load(folder)).rejects.toThrow(/called 'gated', is passed: load\(source/);
  });

  const wrapped = {
    zoneout: zoneout(lstm, { h: 0.1, c: 0.2 }),
    'variational dropout': variationalDropout(gru, { input: 0.1, state: 0.2 }),
    'weight drop': weightDrop(lstm, 0.5),
    'other activations': withActivations(lstm, { recurrentActivation: hardSigmoid }),
    'a projection': projectedLstm({ projSize: 3 }),
  };

  test.each(Object.entries(wrapped))('gives back a cell with %s, by name', async (_, cell) => {
    for (const connection of [undefined, 'residual', 'highway'] as const) {
      const model = new LanguageModel({
        vocabSize: 5,
        hiddenSize: 4,
        numLayers: 2,
        cell,
        connection,
      });
      await save(folder, { model, tokenizer });
      const saved = await load(folder);
      expect(saved.model.config).toEqual(model.config);
      expect(saved.model.recurrent.connection).toBe(connection);
      expect(bits(saved)).toEqual(bits({ model }));
      const ids = tensor([[...tokenizer.encode('hello')]], { dtype: 'int32' });
      const expected = model.eval().forward(ids).output.dataSync();
      expect([...saved.logits('hello').dataSync()]).toEqual([...expected]);
      // While it trains it draws the same masks from the same streams.
      const masks = (x: LanguageModel) =>
        x.recurrent.cell.training?.({ inputSize: 64, hiddenSize: 4, bias: true }).masks;
      expect(masks(saved.model)).toEqual(masks(model));
    }
  });

  test('refuses a cell that no function of ours has made, and runs nothing that stands there', async () => {
    await save(folder, { model: new LanguageModel({ vocabSize: 5, cell: zoneout(lstm, 0.1) }) });
    const path = join(folder, 'config.json');
    const text = await readFile(path, 'utf8');
    const weights = join(folder, 'weights.safetensors');
    const bytes = await readFile(weights, 'latin1');
    const swap = (of: string) => of.replaceAll('zoneout', 'process');
    await writeFile(path, swap(text));
    await writeFile(weights, swap(bytes), 'latin1');
    await expect(load(folder)).rejects.toThrow(
      /config\.json: no LanguageModel can be built: cell: the cell is made by 'process'; there are zoneout/,
    );
  });

  test('knows a class by its own name, not by one that it inherits', async () => {
    await save(folder, { model: new Renamed({ vocabSize: 5 }) });
    expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')).class).toBe('Poet');
    expect((await load(folder, { classes: [Renamed] })).model).toBeInstanceOf(Renamed);
    await save(folder, { model: new Heir({ vocabSize: 5 }) });
    await expect(load(folder)).rejects.toThrow('the class Heir is not known');
  });
});
