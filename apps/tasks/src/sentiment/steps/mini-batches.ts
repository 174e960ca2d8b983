import { ArrayDataset, batches } from '@unroll/datasets';
import { randomStream, Sequence, tensor } from '@unroll/tensor';
import { type Batch, mapData } from '@unroll/trainers';
import type { Encoded } from './word-to-integer.ts';

const length = ({ ids }: Encoded) => ids.length;

/** Step 4: mini-batches of texts of like length, in a new order in every epoch. */
export function miniBatches(train: readonly Encoded[], batchSize: number) {
  const stream = randomStream('order');
  const options = { batchSize, shuffle: true, stream, bucket: { by: length } };
  return mapData(batches(new ArrayDataset(train), options), toBatch);
}

/** The same for judging: the shortest first, since the order does not matter there. */
export function judgedBatches(valid: readonly Encoded[], batchSize: number) {
  const sorted = [...valid].sort((a, b) => length(a) - length(b));
  return mapData(batches(new ArrayDataset(sorted), { batchSize }), toBatch);
}

function toBatch(texts: readonly Encoded[]): Batch {
  return {
    input: Sequence.fromArrays(texts.map(({ ids }) => ids)),
    target: tensor(Int32Array.from(texts, ({ label }) => label)),
  };
}
