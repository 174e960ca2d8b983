import type { Memory } from '../contract/backend.ts';
import type { DType } from '../contract/dtype.ts';
import { type Shape, sizeOf } from '../contract/shape.ts';
import { fillBernoulli } from '../random/bernoulli.ts';
import type { RandomPlace } from '../random/words.ts';
import { newMemory } from './memory.ts';

/** `value` where a random word is below `limit`, else 0. */
export function bernoulli(
  from: RandomPlace,
  limit: number,
  value: number,
  shape: Shape,
  dtype: DType,
): Memory {
  const y = newMemory(dtype, sizeOf(shape));
  fillBernoulli(from, limit, value, y.values);
  return y;
}
