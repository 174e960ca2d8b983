import { ownClassNames } from '@unroll/nn/testing/class-names';
import { expect, test } from 'vitest';
import * as models from './index.ts';

test('every exported model says its name itself, so that a minified program writes and draws the same', () => {
  const names = ownClassNames(models);
  expect(names.size).toBeGreaterThanOrEqual(3);
  expect([...names.values()]).toEqual([...names.keys()]);
});
