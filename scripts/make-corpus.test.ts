import { expect, test } from 'vitest';
import { corpusOf } from './make-corpus.ts';

const files = [
  { path: 'b.ts', text: 'b\r\nb' },
  { path: 'a.test.ts', text: 'test' },
  { path: 'README.md', text: '# a\n\n' },
];

test('the corpus holds the files in the order of their paths, with line feeds only', () => {
  const all = '// README.md\n# a\n\n// a.test.ts\ntest\n\n// b.ts\nb\nb\n\n';
  expect(corpusOf(files, 1000)).toBe(all);
  expect(corpusOf(files.toReversed(), 1000)).toBe(all);
});

test('tests are left out first when there is no room for them', () => {
  expect(corpusOf(files, 35)).toBe('// README.md\n# a\n\n// b.ts\nb\nb\n\n');
});

test('longer files are left out before shorter ones', () => {
  const pages = [
    { path: 'a.ts', text: 'a long one' },
    { path: 'b.ts', text: 'b' },
  ];
  expect(corpusOf(pages, 20)).toBe('// b.ts\nb\n\n');
});
