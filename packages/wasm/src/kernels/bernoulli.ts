import { type FusedKernels, type RandomPlace, sizeOf } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory } from '../memory/host-memory.ts';
import { COUNTERS } from './bernoulli-function.ts';

/** Elements that are drawn at a time, in whole groups: they lie in the first cache on their way back. */
const CHUNK = 80 * COUNTERS;
/** Vector code writes whole groups of counters. */
const SLACK = 8 * COUNTERS;

const WORD = 2 ** 32;

type Bernoulli = FusedKernels['bernoulli'];

/** Random choices of floats, in vectors; others and the few are the reference's. */
export function makeBernoulli(machine: Machine, reference: Bernoulli): Bernoulli {
  return (from, limit, value, shape, dtype) => {
    const size = sizeOf(shape);
    if (dtype !== 'float32' || size < machine.thresholds.pointwise) {
      return reference(from, limit, value, shape, dtype);
    }
    const results = new Float32Array(size);
    // Below any limit up to a whole number is: at most the whole number before it.
    const last = Math.ceil(limit) - 1;
    if (last >= 0) draw(machine, from, last, value, results);
    return hostMemory('float32', results);
  };
}

function draw(
  { heap, workspace, functions }: Machine,
  { key, counter }: RandomPlace,
  last: number,
  value: number,
  results: Float32Array,
): void {
  const bits = new Int32Array(new Float32Array([value]).buffer)[0];
  workspace.during(() => {
    const target = workspace.borrow(4 * Math.min(CHUNK, results.length) + SLACK);
    for (let at = 0; at < results.length; ) {
      const block = counter + at / 2;
      const high = Math.floor(block / WORD);
      // All counters of a call have one high word.
      const count = Math.min(CHUNK, results.length - at, 2 * ((high + 1) * WORD - block));
      const groups = Math.ceil(count / (2 * COUNTERS));
      functions.bernoulli(target, groups, block, high, key[0], key[1], last, bits);
      results.set(heap.floats.subarray(target / 4, target / 4 + count), at);
      at += count;
    }
  });
}
