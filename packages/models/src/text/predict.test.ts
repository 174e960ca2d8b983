import { DataError, OptionError } from '@unroll/backend';
import { manualSeed } from '@unroll/tensor';
import { CharTokenizer, WordTokenizer } from '@unroll/tokenizers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { load, save } from '../folder.ts';
import { SavedModel } from '../saved-model.ts';
import { freshFolder, removeFolder } from '../testing/folders.ts';
import { TextClassifier } from './text-classifier.ts';

const tokenizer = WordTokenizer.train('good bad fun dull not very the a film');
const labels = ['no', 'so so', 'yes'];
const make = (options = {}) =>
  new TextClassifier({
    ...{
      vocabSize: tokenizer.vocabSize,
      classes: 3,
      embeddingSize: 4,
      hiddenSize: 5,
      dropout: 0.5,
    },
    ...options,
  });
const words = ['good', 'bad', 'fun', 'dull', 'not', 'very', 'the', 'film', 'unheard'];
const text = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((list) => list.join(' '));

let folder: string;
beforeEach(async () => {
  manualSeed(2);
  folder = await freshFolder();
});
afterEach(() => removeFolder(folder));

describe('predict of a saved model', () => {
  test('answers each text as if it were alone, in their order, however they are batched', async () => {
    const saved = new SavedModel({ model: make().eval(), tokenizer, labels });
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        async (texts, batchSize) => {
          const together = await saved.predict(texts, { batchSize });
          expect(together).toHaveLength(texts.length);
          for (const [i, each] of texts.entries()) {
            const [alone] = await saved.predict([each]);
            expect(together[i].probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
            expect(together[i].probability).toBeCloseTo(alone.probability, 5);
            expect(labels[together[i].probabilities.indexOf(together[i].probability)]).toBe(
              together[i].label,
            );
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('comes back from a folder to the same bits, with tokenizer, labels and longest length', async () => {
    const texts = ['good film', 'not good very dull film', '', 'unheard'];
    const model = make({ maxLength: 2 }).eval();
    await save(folder, { model, tokenizer, labels });
    const loaded = await load<TextClassifier>(folder);
    const before = await new SavedModel({ model, tokenizer, labels }).predict(texts);
    expect(await loaded.predict(texts)).toEqual(before);
    expect(loaded.model.config.maxLength).toBe(2);
    const [, long] = before;
    expect(await loaded.predict(['dull film'])).toEqual([long]);
    expect(before[2]).toEqual(before[3]);
  });

  test('answers calls side by side as one after another, in a model that is being trained too', async () => {
    const saved = new SavedModel({ model: make(), tokenizer, labels });
    const asked = Array.from({ length: 12 }, (_, i) =>
      words.slice(0, 1 + (i % 9)).map((w) => `${w} film`),
    );
    const alone = [];
    for (const texts of asked) alone.push(await saved.predict(texts, { batchSize: 2 }));
    const together = await Promise.all(
      asked.map((texts) => saved.predict(texts, { batchSize: 2 })),
    );
    expect(together).toEqual(alone);
    expect(saved.model.training).toBe(true);
  });

  test('gives the event loop its turn, and stops between two batches', async () => {
    const saved = new SavedModel({ model: make().eval(), tokenizer, labels });
    const stop = new AbortController();
    const forward = vi.spyOn(saved.model, 'forward').mockImplementation(function (
      this: TextClassifier,
      ids,
    ) {
      if (forward.mock.calls.length === 3) stop.abort(new Error('enough'));
      return TextClassifier.prototype.forward.call(this, ids);
    });
    const texts = new Array<string>(50).fill('good film');
    await expect(saved.predict(texts, { batchSize: 1, signal: stop.signal })).rejects.toThrow(
      'enough',
    );
    expect(forward).toHaveBeenCalledTimes(3);
  });

  test('has ids for labels where there are none', async () => {
    const saved = new SavedModel({ model: make().eval(), tokenizer });
    const [{ label, probabilities }] = await saved.predict(['fun']);
    expect(label).toBe(String(probabilities.indexOf(Math.max(...probabilities))));
    expect(await saved.predict([])).toEqual([]);
  });

  test('says what it cannot read', async () => {
    const saved = new SavedModel({ model: make().eval(), tokenizer, labels: ['no', 'yes'] });
    await expect(saved.predict(['fun'])).rejects.toThrow(
      'scores 3 classes and was saved with 2 labels',
    );
    await expect(saved.predict('fun' as never)).rejects.toThrow(
      'needs an array of texts; got string',
    );
    await expect(saved.predict(['fun', 3] as never)).rejects.toThrow(DataError);
    await expect(saved.predict(['fun'], { batchSize: 0 })).rejects.toThrow(OptionError);
    const bare = new SavedModel({ model: make().eval() });
    await expect(bare.predict(['fun'])).rejects.toThrow('without a tokenizer');
    const letters = new SavedModel({ model: make().eval(), tokenizer: CharTokenizer.train('fun') });
    expect(await letters.predict(['fun'])).toHaveLength(1);
  });
});
