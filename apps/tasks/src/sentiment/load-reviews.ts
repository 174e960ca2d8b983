import { manualSeed, randomStream } from '@unroll/tensor';
import { madeUpReviews } from './data/made-up.ts';
import { readData } from './data/read-data.ts';
import type { Reviews } from './data/reviews.ts';
import type { Order } from './options.ts';

/** The reviews of a run: from where it was told, or made up. The seed decides about them and their parts. */
export async function loadReviews({ data, text, label, settings, seed }: Order): Promise<Reviews> {
  manualSeed(seed);
  if (data === undefined) return madeUpReviews(settings.madeUp, randomStream('made-up reviews'));
  return readData(data, { text, label });
}
