import { randomStream } from '@unroll/tensor';
import { expect, test } from 'vitest';
import { Recurrent } from '../layers/recurrent.ts';

test('the GRU of the gate table is the one that resets before the product, to the bit', () => {
  const sizes = { inputSize: 3, hiddenSize: 4 };
  const [ours, table] = (['gru-before', 'relevance-gru'] as const).map(
    (cell) => new Recurrent({ cell, ...sizes }),
  );
  table.loadStateDict(ours.stateDict());
  const x = randomStream('relevance.test').normal([2, 5, 3]);
  expect(table.forward(x).output.dataSync()).toEqual(ours.forward(x).output.dataSync());
});
