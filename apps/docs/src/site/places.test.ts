import { expect, test } from 'vitest';
import { addressOf, placesOf, resolveLink } from './places.ts';

const places = placesOf([
  'docs/README.md',
  'docs/start.md',
  'docs/learn/README.md',
  'docs/learn/01-sequences.md',
  'packages/cells/README.md',
  'CONTRIBUTING.md',
]);

test.each([
  ['start.md', 'docs/README.md', '/start'],
  ['../start.md#next', 'docs/learn/README.md', '/start#next'],
  ['README.md', 'docs/learn/01-sequences.md', '/learn/'],
  ['../packages/cells/README.md', 'docs/start.md', '/packages/cells'],
  ['../../docs/README.md', 'packages/cells/README.md', '/pages'],
  ['#here', 'docs/start.md', '/start#here'],
  ['docs/start.md', 'CONTRIBUTING.md', '/start'],
])('%s of %s leads to %s', (url, from, address) => {
  expect(resolveLink(url, from, places)).toBe(address);
});

test('what is no page of the site leads nowhere', () => {
  expect(resolveLink('../packages/cells/src/index.ts', 'docs/start.md', places)).toBeUndefined();
});

test('the index of a folder is called as the folder', () => {
  expect(addressOf('learn/index.md')).toBe('/learn/');
  expect(addressOf('index.md')).toBe('/');
});
