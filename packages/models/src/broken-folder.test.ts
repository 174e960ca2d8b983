import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, OptionError } from '@unroll/backend';
import { CharTokenizer } from '@unroll/tokenizers';
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
