import { ownClassNames } from '@unroll/nn/testing/class-names';
import { expect, test } from 'vitest';
import * as cells from '../index.ts';

test('every exported layer and head says its name itself, so that a minified program draws the same numbers', () => {
  const names = ownClassNames(cells);
  expect(names.size).toBeGreaterThanOrEqual(8);
  expect([...names.values()]).toEqual([...names.keys()]);
});
