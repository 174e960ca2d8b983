import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { markovBaselines, prepareText } from './text.ts';

const book = 'abcdefghij'.repeat(10);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-text-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a text is split 90, 5 and 5 per cent, and called by its base name', async () => {
  const file = join(folder, 'plain.txt');
  await writeFile(file, book);
  const text = await prepareText(file);
  expect(text.name).toBe('plain.txt');
  const { train, valid, test: last } = text;
  expect([text.characters, train.length, valid.length, last.length]).toEqual([100, 90, 5, 5]);
  const whole = [train, valid, last].map((ids) => text.tokenizer.decode(ids)).join('');
  expect(whole).toBe(book);
});

test('what Project Gutenberg put around a book is cut, also when its folder is named', async () => {
  const inner = await mkdtemp(join(folder, 'book-'));
  const page = [
    'The Project Gutenberg eBook of A Road',
    '*** START OF THIS PROJECT GUTENBERG EBOOK A ROAD ***',
    book,
    'End of the Project Gutenberg EBook of A Road',
  ];
  await writeFile(join(inner, 'book.txt'), page.join('\r\n'));
  const text = await prepareText(inner);
  expect(text.name).toBe(basename(inner));
  expect(text.tokenizer.decode(text.test)).toMatch(/^[a-j]*\n$/);
  expect(text.tokenizer.decode(text.train)).not.toContain('Project');
});

test('words are those of the training part with their marks, without capital letters', async () => {
  const file = join(folder, 'words.txt');
  await writeFile(file, `Once: ${'The cat. A dog! '.repeat(18)}The owl. A dog!`);
  const { tokenizer, train, valid, test: last, level } = await prepareText(file, 'word');
  expect(level).toBe('word');
  expect(tokenizer.tokens).toEqual(['<unk>', '!', '.', 'a', 'cat', 'dog', 'the']);
  expect(tokenizer.decode(train)).toMatch(/^<unk> <unk> the cat \. a dog ! the/);
  expect([...valid, ...last]).toContain(tokenizer.unkId);
});

test('a character that the training part lacks is unknown', async () => {
  const file = join(folder, 'late.txt');
  await writeFile(file, `${'ab'.repeat(47)}ZabZab`);
  const { tokenizer, valid } = await prepareText(file);
  expect(tokenizer.tokens).toEqual(['<unk>', 'a', 'b']);
  expect([...valid]).toContain(tokenizer.unkId);
});

test('the baselines of a text that alternates fall with the order', async () => {
  const file = join(folder, 'alternating.txt');
  await writeFile(file, 'ab'.repeat(500));
  const [order0, order1, order2] = markovBaselines(await prepareText(file));
  expect(order0).toBeCloseTo(Math.log(2), 2);
  expect(order1).toBeLessThan(0.02);
  expect(order2).toBeLessThan(0.02);
});

test('an empty file is an error that names it', async () => {
  const file = join(folder, 'empty.txt');
  await writeFile(file, '');
  await expect(prepareText(file)).rejects.toThrow(/empty\.txt/);
});

test('the embedded corpus is plain text with line feeds, some hundred kilobytes', async () => {
  const { name, characters, tokenizer } = await prepareText();
  expect(name).toBe('unroll.txt');
  expect(characters).toBeGreaterThan(400_000);
  expect(characters).toBeLessThanOrEqual(600_000);
  expect(tokenizer.tokens).not.toContain('\r');
});
