import type { TileShape } from '../kernels/tile.ts';
import { type AttentionScratch, type AttentionSequence, BLOCK } from './attention-job.ts';
import { scoresStride, upTo } from './sizes.ts';

/**
 * Cuts the groups of heads of all sequences into one part for each thread, of about equal work, which is the pairs of
 * queries and keys.
 *
 * @param sizeFor how many threads are worth it for so many pairs of all groups, of which so many parts can be made
 */
export function bordersOf(
  sequences: readonly AttentionSequence[],
  groups: number,
  sizeFor: (pairs: number, most: number) => number,
): number[] {
  const pairs = sequences.map(({ queries, keys }) => queries * keys);
  const total = groups * pairs.reduce((a, b) => a + b, 0);
  const items = sequences.length * groups;
  const count = sizeFor(total, items);
  const borders = [0];
  let done = 0;
  for (let item = 0; item < items && borders.length < count; item++) {
    const goal = (total * borders.length) / count;
    const own = pairs[Math.floor(item / groups)];
    if (item > 0 && done + own / 2 > goal) borders.push(item);
    done += own;
  }
  while (borders.length <= count) borders.push(items);
  return borders;
}

interface Needs {
  readonly size: number;
  readonly valueSize: number;
  /** Of the longest sequence. */
  readonly queries: number;
  readonly keys: number;
  readonly backward: boolean;
}

/** What one thread needs, borrowed; 0 for what it does not. */
export function scratchFor(
  tile: TileShape,
  { size, valueSize, queries, keys, backward }: Needs,
  borrow: (bytes: number) => number,
): AttentionScratch {
  const rows = Math.min(BLOCK, queries);
  const wide = (n: number) => upTo(n, tile.columns);
  const floats = (count: number) => borrow(4 * count);
  const further = (count: number) => (backward ? floats(count) : 0);
  const scores = rows * scoresStride(keys, tile);
  return {
    q: floats(rows * size),
    k: floats(keys * size),
    v: floats(keys * valueSize),
    // One way round for scores, and for the derivative the other too.
    kPanels: floats(size * wide(keys) + (backward ? keys * wide(size) : 0)),
    vPanels: floats(Math.max(valueSize * wide(keys), keys * wide(valueSize))),
    scores: floats(scores),
    y: floats(rows * valueSize),
    masses: floats(rows),
    tile: floats(tile.columns * tile.rows),
    slopes: further(scores),
    strips: further(rows * upTo(keys, tile.rows)),
    qPanels: further(rows * wide(size)),
    dy: further(rows * valueSize),
    dyPanels: further(rows * wide(valueSize)),
    levels: further(rows),
    dq: further(rows * size),
    dk: further(keys * size),
    dv: further(keys * valueSize),
  };
}
