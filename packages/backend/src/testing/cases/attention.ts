import * as fc from 'fast-check';
import type { Attention } from '../../contract/attention.ts';
import type { Memory } from '../../contract/backend.ts';
import type { Bench } from '../bench.ts';
import { placesOf, rowsOf } from '../places.ts';
import type { Suite } from '../suite.ts';

/** What an attention is about, without its numbers. */
interface Drawn {
  /** Queries and keys of each sequence. */
  readonly lengths: readonly (readonly [queries: number, keys: number])[];
  readonly kvHeads: number;
  /** Heads that share one of k and v. */
  readonly sharing: number;
  readonly size: number;
  readonly valueSize: number;
  readonly causal: boolean;
  readonly window: number;
  /** Whether pairs are turned by their places; only of an even size. */
  readonly turns?: boolean;
}

const lengths = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 4 }))
  .map(([queries, more]) => [queries, queries + more] as const);

const drawn: fc.Arbitrary<Drawn> = fc.record({
  lengths: fc.array(lengths, { minLength: 1, maxLength: 4 }),
  kvHeads: fc.integer({ min: 1, max: 3 }),
  sharing: fc.integer({ min: 1, max: 2 }),
  size: fc.integer({ min: 1, max: 6 }),
  valueSize: fc.integer({ min: 1, max: 6 }),
  causal: fc.boolean(),
  window: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 5 })),
  turns: fc.boolean(),
});

const plain = { kvHeads: 2, sharing: 1, size: 8, valueSize: 8, causal: false, window: Infinity };

/** Whole sequences at once, longer than any block; one query; fewer keys than queries. */
const named: Record<string, Drawn> = {
  'many steps of one length': {
    ...plain,
    size: 3,
    lengths: [
      [70, 70],
      [70, 70],
    ],
    causal: true,
  },
  'a window over many steps': {
    ...plain,
    valueSize: 3,
    lengths: [
      [66, 90],
      [9, 9],
    ],
    causal: true,
    window: 37,
  },
  'one query of each, wide heads': {
    ...plain,
    lengths: [
      [1, 100],
      [1, 3],
    ],
    size: 33,
    valueSize: 20,
  },
  'turned pairs over many steps, heads of ten': {
    ...plain,
    size: 10,
    lengths: [
      [66, 70],
      [2, 9],
    ],
    causal: true,
    turns: true,
  },
  'fewer keys than queries': {
    ...plain,
    lengths: [
      [9, 2],
      [4, 7],
    ],
    sharing: 3,
  },
};

/** Attention forward and backward, from what the forward kernel gave. */
export function attentionCases(suite: Suite): void {
  const forward = { sum: 300, needs: 'attention' } as const;
  const backward = { sum: 1000, needs: 'attentionBackward' } as const;
  suite.agreeForAll('attention: any lengths, heads and sight', forward, drawn, run);
  suite.agreeForAll(
    'attentionBackward: any lengths, heads and sight',
    backward,
    drawn,
    runBackward,
  );
  for (const [title, given] of Object.entries(named)) {
    suite.agree(`attention: ${title}`, forward, (bench) => run(bench, given));
    suite.agree(`attentionBackward: ${title}`, backward, (bench) => runBackward(bench, given));
  }
  suite.agree('attention: scores of ±10,000', forward, (bench) => {
    const call = callOf(bench, { ...plain, lengths: [[3, 5]] });
    return bench.fused.attention!({ ...call, scale: 1e4 })[0];
  });
}

function run(bench: Bench, given: Drawn): Memory[] {
  return bench.fused.attention!(callOf(bench, given));
}

function runBackward(bench: Bench, given: Drawn): Memory[] {
  const call = callOf(bench, given);
  const { q, v, heads, kvHeads } = call;
  const [memory, mass] = bench.fused.attention!(call);
  const rows = q.shape[0];
  const shape = [rows, (v.shape[1] / kvHeads) * heads];
  const y = { memory, offset: 0, shape, dtype: memory.dtype };
  const logMass = { memory: mass, offset: 0, shape: [rows, heads], dtype: mass.dtype };
  return bench.fused.attentionBackward!(call, y, logMass, bench.random(shape));
}

function callOf(
  bench: Bench,
  { lengths, kvHeads, sharing, size, valueSize, turns, ...sight }: Drawn,
): Attention {
  const queries = placesOf(lengths.map(([n]) => n));
  const keys = placesOf(lengths.map(([, n]) => n));
  const heads = kvHeads * sharing;
  return {
    q: bench.random([rowsOf(queries), heads * size]),
    k: bench.random([rowsOf(keys), kvHeads * size]),
    v: bench.random([rowsOf(keys), kvHeads * valueSize]),
    ...{ queries, keys, heads, kvHeads, scale: 1 / Math.sqrt(size), ...sight },
    ...(turns && size % 2 === 0 ? { turns: bench.random([Math.max(...keys.lengths), size]) } : {}),
  };
}
