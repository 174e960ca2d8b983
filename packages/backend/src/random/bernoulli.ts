import type { TypedArray } from '../contract/dtype.ts';
import { fillWords, type RandomPlace } from './words.ts';

/** Elements for which words are drawn at a time; even, so that no half of a block is lost. */
const PIECE = 1024;

/** `value` where the word of an element is below `limit`, else 0; elements have the words from a place on in turn. */
export function fillBernoulli(
  from: RandomPlace,
  limit: number,
  value: number,
  out: TypedArray,
): void {
  const words = new Uint32Array(Math.min(PIECE, out.length));
  for (let at = 0; at < out.length; at += PIECE) {
    const count = Math.min(PIECE, out.length - at);
    fillWords({ key: from.key, counter: from.counter + at / 2 }, words.subarray(0, count));
    for (let i = 0; i < count; i++) out[at + i] = words[i] < limit ? value : 0;
  }
}
