import { DataError, OptionError } from '@unroll/backend';
import { manualSeed } from '@unroll/tensor';
import { CharTokenizer, WordTokenizer } from '@unroll/tokenizers';
import { describe, expect, test } from 'vitest';
import { LanguageModel } from './language-model.ts';
import { SavedModel } from './saved-model.ts';

const tokenizer = CharTokenizer.train('hello');

function saved() {
  manualSeed(2);
  const model = new LanguageModel({ vocabSize: tokenizer.vocabSize, hiddenSize: 6, dropout: 0.5 });
  return new SavedModel({ model, tokenizer });
}

describe('a saved model', () => {
  test('words come with the space that parts them, wherever the text ends', async () => {
    const words = WordTokenizer.train('the cat sat');
    const model = new LanguageModel({ vocabSize: words.vocabSize, hiddenSize: 4 });
    const writer = new SavedModel({ model, tokenizer: words });
    const pieces: string[] = [];
    for await (const piece of writer.generate('the cat', { length: 3 })) pieces.push(piece);
    expect(pieces).toHaveLength(3);
    for (const piece of pieces) expect(piece).toMatch(/^ (the|cat|sat)$/);
  });

  test('goes on with a text, the same for the same seed', async () => {
    const first = await saved().complete('he', { length: 30, temperature: 2 });
    expect(first).toHaveLength(30);
    expect(await saved().complete('he', { length: 30, temperature: 2 })).toBe(first);
  });

  test('gives the text piece by piece', async () => {
    const pieces: string[] = [];
    for await (const piece of saved().generate('he', { length: 5 })) pieces.push(piece);
    expect(pieces).toHaveLength(5);
    expect(pieces.join('')).toBe(await saved().complete('he', { length: 5 }));
  });

  test('never writes the unknown token, nor what is excluded', async () => {
    const wild = { length: 200, temperature: 1000 };
    const text = await saved().complete('he', wild);
    expect(new Set(text)).toEqual(new Set('helo'));
    const [h] = tokenizer.encode('h');
    const without = await saved().complete('he', { ...wild, exclude: [h] });
    expect(new Set(without)).toEqual(new Set('elo'));
  });

  test('stops at an abort signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(saved().complete('he', { length: 9, signal })).rejects.toThrow('enough');
  });

  test('gives the scores of what follows each character, without dropout', () => {
    const poet = saved();
    const scores = poet.logits('hel');
    expect(scores.shape).toEqual([3, tokenizer.vocabSize]);
    expect(scores.requiresGrad).toBe(false);
    expect(poet.logits('hel').dataSync()).toEqual(scores.dataSync());
    expect(poet.model.training).toBe(true);
  });

  test('needs a tokenizer for texts, and a text', () => {
    const { model } = saved();
    const mute = new SavedModel({ model });
    expect(() => mute.generate('a')).toThrow(OptionError);
    expect(() => mute.logits('a')).toThrow('saved without a tokenizer');
    expect(() => saved().generate('')).toThrow(DataError);
    expect(() => saved().logits('')).toThrow('the text is empty');
    expect(() => saved().generate('h', { temperature: -1 })).toThrow(OptionError);
  });
});
