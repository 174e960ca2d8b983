import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileError, OptionError } from '@unroll/backend';
import { decodeArrays } from '@unroll/safetensors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { load, save } from './folder.ts';
import { LanguageModel } from './language-model.ts';
import { load as loadInPage } from './load.ts';
import { bits, example, filesIn, freshFolder, removeFolder, tokenizer } from './testing/folders.ts';

let folder: string;

beforeEach(async () => {
  folder = await freshFolder();
});

afterEach(() => removeFolder(folder));

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

  test('may have its JSON indented otherwise', async () => {
    await save(folder, { model: example(), tokenizer });
    const path = join(folder, 'config.json');
    await writeFile(path, JSON.stringify(JSON.parse(await readFile(path, 'utf8'))));
    expect(bits(await load(folder))).toEqual(bits({ model: example() }));
  });
});
