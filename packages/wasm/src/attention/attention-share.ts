import { keysInSight } from '@unroll/backend';
import type { Hands } from '../job/hands.ts';
import {
  type AttentionJob,
  type AttentionScratch,
  type AttentionSequence,
  BLOCK,
  FEW,
  type Matrix,
} from './attention-job.ts';
import { bitsOf, scoresStride, upTo } from './sizes.ts';

/** Some queries of one head, in rows of a table, with the keys that any of them sees. */
interface Block {
  readonly head: number;
  /** In the tables. */
  readonly query: number;
  readonly rows: number;
  readonly key: number;
  /** Of the first query. */
  readonly place: number;
  /** Of the sequence's keys: a column of a panel begins there. */
  readonly first: number;
  /** Keys from there on. */
  readonly columns: number;
  /** All of the sequence. */
  readonly keys: number;
}

/** One thread's part of an attention: whole heads of whole sequences, so that threads never meet. */
export class AttentionShare {
  readonly #job: AttentionJob;
  readonly #index: number;
  readonly #hands: Hands;
  readonly #scratch: AttentionScratch;

  constructor(job: AttentionJob, index: number, hands: Hands) {
    this.#job = job;
    this.#index = index;
    this.#hands = hands;
    this.#scratch = job.scratch[index];
  }

  run(): void {
    const { borders, kvHeads, sequences, slopes } = this.#job;
    for (let item = borders[this.#index]; item < borders[this.#index + 1]; item++) {
      this.#hands.check();
      const sequence = sequences[Math.floor(item / kvHeads)];
      const group = item % kvHeads;
      if (slopes) this.#backward(sequence, group);
      else if (sequence.queries < FEW) this.#forwardFew(sequence, group);
      else this.#forward(sequence, group);
    }
  }

  /** Y = softmax(Q·Kᵀ)·V for the heads of a group. */
  #forward(sequence: AttentionSequence, group: number): void {
    const { valueSize } = this.#job;
    const { functions, tile } = this.#hands;
    const scratch = this.#scratch;
    const { k, v } = this.#keysOf(sequence, group);
    const stride = scoresStride(sequence.keys, tile);
    functions.packTransposedPanels(
      k,
      4 * this.#job.size,
      scratch.kPanels,
      this.#job.size,
      sequence.keys,
    );
    functions.packPanels(v, 4 * valueSize, scratch.vPanels, sequence.keys, valueSize);
    this.#eachBlock(sequence, group, (block) => {
      this.#gatherQueries(block);
      this.#scores(block, stride);
      this.#weights(block, stride);
      this.#overKeys(block, scratch.scores, stride, scratch.vPanels, scratch.y, valueSize);
      this.#scatter(block, this.#job.y, scratch.y, valueSize);
      this.#scatter(block, this.#job.logMass, scratch.masses, 1);
    });
  }

  /** The same for a few queries, which do not repay packing the keys. */
  #forwardFew(sequence: AttentionSequence, group: number): void {
    const { size, valueSize, firsts, ends, counts } = this.#job;
    const { functions } = this.#hands;
    const { q, k, v, scores, y, masses } = this.#scratch;
    this.#keysOf(sequence, group);
    this.#eachBlock(sequence, group, (block) => {
      this.#gatherQueries(block);
      for (let row = 0; row < block.rows; row++) {
        const at = 4 * (block.query + row);
        const [first, end] = keysInSight(
          this.#job,
          block.query - sequence.query + row,
          sequence.queries,
          sequence.keys,
        );
        const [keys, values] = [k + 4 * size * first, v + 4 * valueSize * first];
        const [here, there] = [q + 4 * size * row, y + 4 * valueSize * row];
        functions.dotScore(
          1,
          here,
          0,
          keys,
          0,
          counts + at,
          0,
          scores,
          0,
          size,
          4 * size,
          end - first,
        );
        functions.attentionWeights(
          1,
          scores,
          0,
          firsts + at,
          ends + at,
          first,
          end - first,
          masses + 4 * row,
        );
        functions.memorySum(
          1,
          scores,
          0,
          values,
          0,
          counts + at,
          0,
          there,
          0,
          valueSize,
          4 * valueSize,
        );
      }
      this.#scatter(block, this.#job.y, y, valueSize);
      this.#scatter(block, this.#job.logMass, masses, 1);
    });
  }

  /** dQ = dS·K, dK = dSᵀ·Q and dV = Pᵀ·dY with dS = P∘(dY·Vᵀ − dY·Y). */
  #backward(sequence: AttentionSequence, group: number): void {
    const { size, valueSize, dk: dks, dv: dvs } = { ...this.#job, ...this.#job.slopes! };
    const { functions, tile } = this.#hands;
    const scratch = this.#scratch;
    const { keys } = sequence;
    const { k, v } = this.#keysOf(sequence, group);
    const stride = scoresStride(keys, tile);
    functions.packTransposedPanels(k, 4 * size, scratch.kPanels, size, keys);
    functions.packTransposedPanels(v, 4 * valueSize, scratch.vPanels, valueSize, keys);
    const keyPanels = scratch.kPanels + 4 * size * upTo(keys, tile.columns);
    functions.packPanels(k, 4 * size, keyPanels, keys, size);
    functions.fillRows(scratch.dk, 4 * size, 0, size, keys);
    functions.fillRows(scratch.dv, 4 * valueSize, 0, valueSize, keys);
    this.#eachBlock(sequence, group, (block) => {
      this.#gatherQueries(block);
      this.#gatherSlopes(block);
      this.#scores(block, stride);
      this.#multiply(block, scratch.dy, valueSize, scratch.vPanels, scratch.slopes, stride);
      this.#slopes(block, stride);
      this.#overKeys(block, scratch.slopes, stride, keyPanels, scratch.dq, size);
      this.#turn(scratch.dq, block.rows, block.place, 1);
      this.#scatter(block, this.#job.slopes!.dq, scratch.dq, size, this.#job.scale);
      functions.packPanels(scratch.q, 4 * size, scratch.qPanels, block.rows, size);
      functions.packPanels(scratch.dy, 4 * valueSize, scratch.dyPanels, block.rows, valueSize);
      this.#addOverQueries(block, scratch.slopes, stride, scratch.qPanels, scratch.dk, size);
      this.#addOverQueries(block, scratch.scores, stride, scratch.dyPanels, scratch.dv, valueSize);
    });
    this.#turn(scratch.dk, keys, 0, 1);
    this.#scatterKeys(sequence, group, dks, scratch.dk, size);
    this.#scatterKeys(sequence, group, dvs, scratch.dv, valueSize);
  }

  /** The blocks of queries of each head that shares a group's keys. */
  #eachBlock(
    { queries, keys, query, key }: AttentionSequence,
    group: number,
    visit: (block: Block) => void,
  ): void {
    const { heads, kvHeads } = this.#job;
    const { columns: unit } = this.#hands.tile;
    const shared = heads / kvHeads;
    for (let head = group * shared; head < (group + 1) * shared; head++) {
      for (let from = 0; from < queries; from += BLOCK) {
        const rows = Math.min(BLOCK, queries - from);
        const [low] = keysInSight(this.#job, from, queries, keys);
        const [, end] = keysInSight(this.#job, from + rows - 1, queries, keys);
        const first = Math.floor(low / unit) * unit;
        const place = from + keys - queries;
        visit({ head, query: query + from, rows, key, place, first, columns: end - first, keys });
      }
    }
  }

  /** A group's keys and values, row after row. */
  #keysOf({ keys, key }: AttentionSequence, group: number): { k: number; v: number } {
    const { k, v, size, valueSize, keyRows } = this.#job;
    const scratch = this.#scratch;
    const gather = ({ address, stride }: Matrix, n: number, to: number) =>
      this.#hands.functions.gatherRows(
        keys,
        keyRows + 4 * key,
        address + 4 * n * group,
        stride,
        to,
        n,
        ONE,
      );
    gather(k, size, scratch.k);
    gather(v, valueSize, scratch.v);
    this.#turn(scratch.k, keys, 0);
    return scratch;
  }

  #gatherQueries(block: Block): void {
    const { q, size, scale } = this.#job;
    this.#gather(block, q, this.#scratch.q, size, scale);
    this.#turn(this.#scratch.q, block.rows, block.place);
  }

  /** Turns rows of queries or keys to their places, or back. */
  #turn(x: number, rows: number, place: number, back = 0): void {
    const { turns, size } = this.#job;
    if (turns === 0) return;
    this.#hands.functions.turnRows(rows, x, turns + 4 * size * place, size, back);
  }

  /** dY of a block with dY·Y and log Σ eˢ of its rows. */
  #gatherSlopes(block: Block): void {
    const { y, logMass, slopes, valueSize } = this.#job;
    const scratch = this.#scratch;
    const bytes = 4 * valueSize;
    this.#gather(block, slopes!.dy, scratch.dy, valueSize);
    this.#gather(block, y, scratch.y, valueSize);
    this.#gather(block, logMass, scratch.masses, 1);
    this.#hands.functions.rowDots(
      block.rows,
      scratch.dy,
      bytes,
      scratch.y,
      bytes,
      scratch.levels,
      4,
      valueSize,
    );
  }

  #gather({ head, query, rows }: Block, from: Matrix, to: number, n: number, factor = 1): void {
    const { address, stride } = from;
    const table = this.#job.queryRows + 4 * query;
    this.#hands.functions.gatherRows(
      rows,
      table,
      address + 4 * n * head,
      stride,
      to,
      n,
      bitsOf(factor),
    );
  }

  #scatter({ head, query, rows }: Block, to: Matrix, from: number, n: number, factor = 1): void {
    const { address, stride } = to;
    const table = this.#job.queryRows + 4 * query;
    this.#hands.functions.scatterRows(
      rows,
      table,
      address + 4 * n * head,
      stride,
      from,
      n,
      bitsOf(factor),
    );
  }

  #scatterKeys(
    { keys, key }: AttentionSequence,
    group: number,
    { address, stride }: Matrix,
    from: number,
    n: number,
  ): void {
    const table = this.#job.keyRows + 4 * key;
    this.#hands.functions.scatterRows(keys, table, address + 4 * n * group, stride, from, n, ONE);
  }

  /** S = Q·Kᵀ, the columns in sight. */
  #scores(block: Block, stride: number): void {
    const { q, kPanels, scores } = this.#scratch;
    this.#multiply(block, q, this.#job.size, kPanels, scores, stride);
  }

  /** The rows of a block times some transposed keys or values, which lie in panels of `n` rows. */
  #multiply(
    block: Block,
    left: number,
    n: number,
    panels: number,
    to: number,
    stride: number,
  ): void {
    const { columns: unit } = this.#hands.tile;
    const columns = upTo(block.columns, unit);
    this.#hands.functions.product_rows(
      left,
      4 * n,
      panels + 4 * block.first * n,
      to,
      4 * stride,
      block.rows,
      columns,
      n,
      0,
      this.#scratch.tile,
    );
  }

  /** Softmax in place. */
  #weights({ query, rows, first, columns }: Block, stride: number): void {
    const { firsts, ends } = this.#job;
    const { scores, masses } = this.#scratch;
    this.#hands.functions.attentionWeights(
      rows,
      scores,
      4 * stride,
      firsts + 4 * query,
      ends + 4 * query,
      first,
      columns,
      masses,
    );
  }

  /** P in place of the scores and dS in place of dP. */
  #slopes({ query, rows, first, columns }: Block, stride: number): void {
    const { firsts, ends } = this.#job;
    const { scores, slopes, masses, levels } = this.#scratch;
    this.#hands.functions.attentionSlopes(
      rows,
      scores,
      4 * stride,
      firsts + 4 * query,
      ends + 4 * query,
      first,
      columns,
      slopes,
      masses,
      levels,
    );
  }

  /** Rows of weights times keys or values in panels, `n` wide, only those in sight. */
  #overKeys(
    { rows, first, columns, keys }: Block,
    weights: number,
    stride: number,
    panels: number,
    to: number,
    n: number,
  ): void {
    const { columns: unit } = this.#hands.tile;
    for (let column = 0; column < n; column += unit) {
      const panel = panels + 4 * (keys * column + first * unit);
      this.#hands.functions.product_rows(
        weights,
        4 * stride,
        panel,
        to + 4 * column,
        4 * n,
        rows,
        Math.min(unit, n - column),
        columns,
        0,
        this.#scratch.tile,
      );
    }
  }

  /** Adds transposed weights times something of each query, `n` wide, to what belongs to the keys. */
  #addOverQueries(
    { rows, first, columns }: Block,
    weights: number,
    stride: number,
    panels: number,
    to: number,
    n: number,
  ): void {
    const { functions } = this.#hands;
    const { strips, tile } = this.#scratch;
    functions.packStrips(weights, 4, 4 * stride, strips, columns, rows);
    functions.product_packed(
      strips,
      0,
      panels,
      to + 4 * n * first,
      4 * n,
      columns,
      n,
      rows,
      1,
      tile,
    );
  }
}

const ONE = bitsOf(1);
