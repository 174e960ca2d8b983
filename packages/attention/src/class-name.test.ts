import { ownClassNames } from '@unroll/nn/testing/class-names';
import { expect, test } from 'vitest';
import * as attention from './index.ts';

test('every exported layer says its name itself, so that a minified program draws the same numbers', () => {
  const names = ownClassNames(attention);
  expect(names.size).toBeGreaterThanOrEqual(9);
  expect([...names.values()]).toEqual([...names.keys()]);
});
