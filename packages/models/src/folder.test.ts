import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FileError, OptionError } from '@unroll/backend';
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
import { decodeArrays } from '@unroll/safetensors';
import { hardSigmoid, manualSeed, mul, tanh, tensor } from '@unroll/tensor';
import { CharTokenizer } from '@unroll/tokenizers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { load, save } from './folder.ts';
import { LanguageModel } from './language-model.ts';
import { load as loadInPage } from './load.ts';
import type { SaveableModel } from './registry.ts';

const tokenizer = CharTokenizer.train('hello');
const format1 = new URL('./fixtures/format-1/', import.meta.url);
const format2 = new URL('./fixtures/format-2/', import.meta.url);

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'models-')), 'model');
});

afterEach(() => rm(join(folder, '..'), { recursive: true }));

function example(seed = 1, hiddenSize = 4) {
  manualSeed(seed);
  return new LanguageModel({ vocabSize: 5, embeddingSize: 3, hiddenSize, cell: 'gru' });
}

function bits({ model }: { model: SaveableModel }) {
  const entries = Object.entries(model.stateDict());
  return Object.fromEntries(entries.map(([name, x]) => [name, [...x.dataSync()]]));
}

/** A model of the reader's own: two linear layers and an option. */
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

async function filesIn(path: string): Promise<File[]> {
  const names = await readdir(path);
  return Promise.all(names.map(async (name) => new File([await readFile(join(path, name))], name)));
}

describe('a saved folder', () => {
  test('gives back the model, the tokenizer and what else was saved', async () => {
    const model = example();
    const extra = { steps: 10, from: { text: 'hello' } };
    await save(folder, { model, tokenizer, labels: ['no', 'yes'], extra });
    const saved = await load(folder);
    expect(bits(saved)).toEqual(bits({ model }));
    expect(saved.model).toBeInstanceOf(LanguageModel);
    expect(saved.model.config).toEqual(model.config);
    expect(saved.model.training).toBe(false);
    expect(saved.tokenizer?.encode('hole')).toEqual(tokenizer.encode('hole'));
    expect([saved.labels, saved.extra]).toEqual([['no', 'yes'], extra]);
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'tokenizer.json',
      'weights.safetensors',
    ]);
  });

  test('holds tied weights once, and gives them back tied', async () => {
    const model = new LanguageModel({ vocabSize: 5, embeddingSize: 4, hiddenSize: 4, tied: true });
    await save(folder, { model });
    const names = decodeArrays(await readFile(join(folder, 'weights.safetensors'))).arrays;
    expect(Object.keys(names)).not.toContain('head.W');
    const { model: back } = await load(folder);
    expect(back.head.W).toBe(back.embedding.W);
    expect(bits({ model: back })).toEqual(bits({ model }));
  });

  test('is loaded from paths, URLs, picked files, and the weights file alone', async () => {
    const model = example();
    await save(pathToFileURL(folder), { model, tokenizer });
    const weights = join(folder, 'weights.safetensors');
    const blob = new Blob([await readFile(weights)]);
    const files = await filesIn(folder);
    const loads = [
      load(folder),
      load(pathToFileURL(folder)),
      load(weights),
      load(files),
      loadInPage(files),
      loadInPage(blob),
    ];
    for (const saved of await Promise.all(loads)) {
      expect(bits(saved)).toEqual(bits({ model }));
      expect(saved.tokenizer?.vocabSize).toBe(5);
    }
  });

  test('is not loaded from what is no source, nor from a path where there is no disk', async () => {
    for (const source of [null, undefined, 7, {}, 'http://localhost/model']) {
      const loaded = loadInPage(source as never);
      await expect(loaded).rejects.toThrow(OptionError);
      await expect(loaded).rejects.toThrow(/^load: needs a URL, a Blob or files; got \w+\./);
    }
  });

  test('is loaded from a web server, with or without a slash at its end', async () => {
    const model = example();
    await save(folder, { model, tokenizer });
    const server = createServer((request, response) => {
      const path = join(folder, '..', request.url ?? '');
      readFile(path).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      for (const path of ['model', 'model/']) {
        const saved = await load(new URL(`${base}/${path}`));
        expect(bits(saved)).toEqual(bits({ model }));
      }
      const missing = load(new URL(`${base}/nothing`));
      await expect(missing).rejects.toThrow(`load: ${base}/nothing/config.json: 404 Not Found`);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await expect(load(new URL(`${base}/model`))).rejects.toThrow(FileError);
  });

  test('holds models of your own classes and cells, which loading must be given', async () => {
    const model = new Twice({ inputSize: 3 });
    await save(folder, { model });
    const saved = await load<Twice>(folder, { classes: [Twice] });
    expect(saved.model).toBeInstanceOf(Twice);
    expect(bits(saved)).toEqual(bits({ model }));
    await expect(load(folder)).rejects.toThrow(
      /config\.json: the class Twice is not known; known are LanguageModel, TransformerLanguageModel, EncoderDecoder\. Pass it: load\(source, \{ classes: \[Twice\] \}\)$/,
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

  test('is replaced by the next save; what else lies there stays', async () => {
    await save(folder, { model: example(), tokenizer });
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const model = example(2, 6);
    await save(folder, { model });
    const saved = await load(folder);
    expect(bits(saved)).toEqual(bits({ model }));
    expect(saved.tokenizer).toBeUndefined();
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'notes.txt',
      'weights.safetensors',
    ]);
  });

  test('never mixes two saves: one that was broken off between two files is refused', async () => {
    const other = `${folder}-new`;
    const changes: { model: LanguageModel; tokenizer?: CharTokenizer }[] = [
      { model: example(2, 6), tokenizer },
      { model: example(2), tokenizer: CharTokenizer.train('jumpy') },
      { model: example(2) },
    ];
    for (const next of changes) {
      await save(other, next);
      let refused = 0;
      const order = (await readdir(other)).sort().reverse();
      for (let done = 0; done <= order.length; done++) {
        await rm(folder, { recursive: true, force: true });
        await save(folder, { model: example(), tokenizer });
        for (const name of order.slice(0, done)) await cp(join(other, name), join(folder, name));
        const found = await load(folder).catch((error: unknown) => error);
        if (found instanceof FileError) {
          expect(found.message).toMatch(/does not belong to the .*: a save was broken off/);
          refused++;
        } else {
          const { model, tokenizer: known } = found as Awaited<ReturnType<typeof load>>;
          const whole = done === 0 ? { model: example(), tokenizer } : next;
          expect(bits({ model })).toEqual(bits(whole));
          expect(known?.tokens).toEqual(whole.tokenizer?.tokens);
        }
      }
      expect(refused).toBeGreaterThan(0);
      await rm(other, { recursive: true });
    }
  });

  test('loads after a save of the same model in another state was broken off', async () => {
    await save(folder, { model: example(), tokenizer });
    const other = `${folder}-new`;
    await save(other, { model: example(2), tokenizer });
    await cp(join(other, 'weights.safetensors'), join(folder, 'weights.safetensors'));
    expect(bits(await load(folder))).toEqual(bits({ model: example(2) }));
  });

  test('may have its JSON indented otherwise', async () => {
    await save(folder, { model: example(), tokenizer });
    const path = join(folder, 'config.json');
    await writeFile(path, JSON.stringify(JSON.parse(await readFile(path, 'utf8'))));
    expect(bits(await load(folder))).toEqual(bits({ model: example() }));
  });

  test('that is incomplete or broken is refused, naming the file', async () => {
    const config = (change: object) => (text: string) =>
      JSON.stringify({ ...JSON.parse(text), ...change });
    const cases: [file: string, change: ((text: string) => string) | undefined, words: RegExp][] = [
      ['config.json', undefined, /config\.json: no such file/],
      ['tokenizer.json', undefined, /tokenizer\.json: no such file/],
      ['weights.safetensors', undefined, /weights\.safetensors: no such file/],
      ['config.json', () => '{', /config\.json: .*JSON/],
      ['config.json', () => '[]', /config\.json: must be an object/],
      ['config.json', config({ format: 3 }), /has format 3; this version reads up to 2\. Update/],
      ['config.json', config({ format: 'x', class: 3 }), /is no saved model's: format, class/],
      ['config.json', config({ format: 0 }), /is no saved model's: format cannot be read/],
      ['config.json', config({ options: { vocabSize: 6 } }), /does not belong to the config\.json/],
      ['tokenizer.json', () => '{"kind":"char"}', /tokenizer\.json: .*tokens must be an array/],
      ['tokenizer.json', () => 'no', /tokenizer\.json: .*JSON/],
      ['weights.safetensors', (text) => text.slice(0, 300), /weights\.safetensors/],
    ];
    for (const [file, change, words] of cases) {
      await save(folder, { model: example(), tokenizer });
      const path = join(folder, file);
      if (change) await writeFile(path, change(await readFile(path, 'latin1')), 'latin1');
      else await rm(path);
      await expect(load(folder)).rejects.toThrow(FileError);
      await expect(load(folder)).rejects.toThrow(words);
    }
    await expect(load(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: no such file or folder/);
    const partial = (await filesIn(folder)).filter(({ name }) => name === 'config.json');
    await expect(loadInPage(partial)).rejects.toThrow(
      'tokenizer.json is missing; the files are config.json',
    );
  });

  test('with weights of another shape is refused, naming all of them', async () => {
    await save(folder, { model: example(), tokenizer });
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    class Wider extends LanguageModel {
      constructor(options: ConstructorParameters<typeof LanguageModel>[0]) {
        super({ ...options, hiddenSize: 9 });
      }
    }
    const classes = [Object.assign(Wider, { className: config.class })];
    await expect(load(folder, { classes })).rejects.toThrow(
      /weights\.safetensors: loadStateDict: .*misshapen: recurrent\.0\.W .*head\.W/s,
    );
  });

  test('takes plain data only', async () => {
    const lossy = { when: new Date(0) };
    await expect(save(folder, { model: example(), extra: lossy })).rejects.toThrow(
      'save: extra.when is no plain data and would not come back',
    );
    await expect(save(folder, { model: example(), extra: { x: NaN } })).rejects.toThrow(
      OptionError,
    );
  });

  test('that cannot be written is an error that names it', async () => {
    await writeFile(folder, 'a file');
    await expect(save(folder, { model: example() })).rejects.toThrow(`${folder}: is a file`);
    await rm(folder);
    await mkdir(join(folder, 'weights.safetensors', 'x'), { recursive: true });
    await expect(save(folder, { model: example() })).rejects.toThrow(FileError);
    expect(await readdir(folder)).toEqual(['weights.safetensors']);
  });
});

describe('a folder of format 1', () => {
  test('loads, and scores what its weights say by the equations of an LSTM', async () => {
    const saved = await load(format1);
    expect(saved.labels).toEqual(['a', 'b']);
    const ids = saved.tokenizer?.encode('hello wood!') ?? [];
    expect([...ids]).toEqual([4, 3, 5, 5, 6, 1, 8, 6, 6, 2, 0]);
    const expected = await byHand(ids);
    const found = saved.logits('hello wood!').dataSync();
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 4);
  });
});

describe('a folder of format 2', () => {
  test('loads a cell that was wrapped, by the names in it, with the connection around it', async () => {
    const saved = await load(format2);
    expect(saved.model.config).toMatchObject({
      cell: {
        make: 'zoneout',
        of: {
          make: 'withActivations',
          of: 'lstm',
          options: { recurrentActivation: 'hardSigmoid' },
        },
        options: { h: 0.1, c: 0.2 },
      },
      connection: 'residual',
    });
    const cell = zoneout(withActivations(lstm, { recurrentActivation: hardSigmoid }), {
      h: 0.1,
      c: 0.2,
    });
    const model = new LanguageModel({ ...saved.model.config, cell }).eval();
    model.loadStateDict(saved.model.stateDict());
    const ids = tensor([[...(saved.tokenizer?.encode('hello') ?? [])]], { dtype: 'int32' });
    const scores = saved.logits('hello').dataSync();
    expect([...scores]).toEqual([...model.forward(ids).output.dataSync()]);
    expect(scores[0]).toBeCloseTo(0.102462, 5);
  });

  test('is what is written today, to the bit', async () => {
    const saved = await load(format2);
    await save(folder, saved);
    for (const name of await readdir(folder)) {
      const old = await readFile(new URL(name, format2));
      expect((await readFile(join(folder, name))).equals(old), basename(name)).toBe(true);
    }
  });
});

/** Scores `[time · classes]` of the format's two-layer LSTM in plain arithmetic: W by columns i, f, g, o; x·W + h·U + b. */
async function byHand(ids: ArrayLike<number>): Promise<number[]> {
  const bytes = await readFile(fileURLToPath(new URL('weights.safetensors', format1)));
  const { arrays } = decodeArrays(new Uint8Array(bytes));
  const times = (x: readonly number[], name: string): number[] => {
    const { shape, values } = arrays[name];
    return Array.from({ length: shape[1] }, (_, j) =>
      x.reduce((sum, xi, i) => sum + xi * values[i * shape[1] + j], 0),
    );
  };
  const plus = (...terms: ArrayLike<number>[]) =>
    Array.from(terms[0], (_, i) => terms.reduce((sum, term) => sum + term[i], 0));
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const states = [0, 1].map(() => ({ h: [0, 0, 0, 0], c: [0, 0, 0, 0] }));
  const out: number[] = [];
  for (const id of Array.from(ids)) {
    let x = Array.from(arrays['embedding.W'].values.subarray(3 * id, 3 * id + 3), Number);
    for (const [layer, state] of states.entries()) {
      const key = `recurrent.${layer}`;
      const a = plus(times(x, `${key}.W`), times(state.h, `${key}.U`), arrays[`${key}.b`].values);
      const [i, f, g, o] = [0, 4, 8, 12].map((from) => a.slice(from, from + 4));
      state.c = state.c.map((c, k) => sigmoid(f[k]) * c + sigmoid(i[k]) * Math.tanh(g[k]));
      state.h = state.c.map((c, k) => sigmoid(o[k]) * Math.tanh(c));
      x = state.h;
    }
    out.push(...plus(times(x, 'head.W'), arrays['head.b'].values));
  }
  return out;
}
