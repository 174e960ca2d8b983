import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gutenbergText } from './gutenberg.ts';

const file = readFileSync(new URL('./fixtures/made-up-book.txt', import.meta.url), 'utf8');
const book = file.replaceAll('\r\n', '\n');

describe('gutenbergText', () => {
  test('cuts from the title in the START line to the End line, as the book of chapter 15 is cut', () => {
    const text = gutenbergText(book);
    expect(text).toBe(
      book.slice(book.indexOf('THE TIN LIGHTHOUSE'), book.indexOf('End of the Project Gutenberg')),
    );
    expect(text.startsWith('THE TIN LIGHTHOUSE ***\n\n\n\n\nProduced by')).toBe(true);
    expect(text.endsWith('It was lit.\n\n\n\n')).toBe(true);
  });

  test('ends at the END marker where newer files have no other last line', () => {
    const text = gutenbergText(book.replace(/^End of the Project.*\n/m, ''));
    expect(text.endsWith('It was lit.\n\n\n\n\n')).toBe(true);
  });

  test('knows the marker in its other spellings', () => {
    for (const start of ['*** START OF THE PROJECT', '***START OF THE PROJECT']) {
      const other = book.replace('*** START OF THIS PROJECT', start);
      expect(gutenbergText(other)).toBe(gutenbergText(book));
    }
    const wrapped = book.replace('EBOOK THE TIN LIGHTHOUSE ***', 'EBOOK THE TIN\nLIGHTHOUSE ***');
    expect(gutenbergText(wrapped).startsWith('THE TIN\nLIGHTHOUSE ***\n')).toBe(true);
  });

  test('begins after a START line that names no title', () => {
    const text = gutenbergText(book.replace('EBOOK THE TIN LIGHTHOUSE ***', 'EBOOK ***'));
    expect(text.startsWith('\n\n\n\nProduced by Nobody')).toBe(true);
  });

  test('begins at the title in capitals where there is no START line', () => {
    const text = gutenbergText(book.replace(/^\*\*\* START.*$/m, ''));
    expect(text.startsWith('THE TIN LIGHTHOUSE\n\nby Nobody')).toBe(true);
    expect(text.endsWith('It was lit.\n\n\n\n')).toBe(true);
  });

  test('leaves any other text as it is, one that quotes such a file too', () => {
    for (const text of ['', 'to be or not to be', `${'A page of notes. '.repeat(40)}\n${book}`]) {
      expect(gutenbergText(text)).toBe(text);
    }
  });
});
