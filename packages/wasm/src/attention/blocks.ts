import { keysInSight } from '@unroll/backend';
import { type AttentionJob, type AttentionSequence, BLOCK } from './attention-job.ts';

/** Some queries of one head, in rows of a table, with the keys that any of them sees. */
export interface Block {
  readonly head: number;
  /** In the tables. */
  readonly query: number;
  readonly rows: number;
  /** Of the first query. */
  readonly place: number;
  /** Of the sequence's keys: a column of a panel begins there. */
  readonly first: number;
  /** Keys from there on. */
  readonly columns: number;
  /** All of the sequence. */
  readonly keys: number;
}

/**
 * The blocks of queries of each head that shares a group's keys.
 *
 * @param unit columns of a panel
 */
export function* blocksOf(
  job: AttentionJob,
  { queries, keys, query }: AttentionSequence,
  group: number,
  unit: number,
): Iterable<Block> {
  const shared = job.heads / job.kvHeads;
  for (let head = group * shared; head < (group + 1) * shared; head++) {
    for (let from = 0; from < queries; from += BLOCK) {
      const rows = Math.min(BLOCK, queries - from);
      const [low] = keysInSight(job, from, queries, keys);
      const [, end] = keysInSight(job, from + rows - 1, queries, keys);
      const first = Math.floor(low / unit) * unit;
      const place = from + keys - queries;
      yield { head, query: query + from, rows, place, first, columns: end - first, keys };
    }
  }
}
