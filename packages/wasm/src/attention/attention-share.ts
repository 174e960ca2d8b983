import { keysInSight } from '@unroll/backend';
import type { Hands } from '../job/hands.ts';
import {
  type AttentionJob,
  type AttentionScratch,
  type AttentionSequence,
  FEW,
  type Matrix,
} from './attention-job.ts';
import { type Block, blocksOf } from './blocks.ts';
import { BlockProducts } from './products.ts';
import { HeadRows } from './rows.ts';
import { scoresStride, upTo } from './sizes.ts';

/** One thread's part of an attention: whole heads of whole sequences, so that threads never meet. */
export class AttentionShare {
  readonly #job: AttentionJob;
  readonly #index: number;
  readonly #hands: Hands;
  readonly #scratch: AttentionScratch;
  readonly #rows: HeadRows;

  constructor(job: AttentionJob, index: number, hands: Hands) {
    this.#job = job;
    this.#index = index;
    this.#hands = hands;
    this.#scratch = job.scratch[index];
    this.#rows = new HeadRows(job, hands.functions, this.#scratch);
  }

  run(): void {
    const { borders, kvHeads, sequences, slopes } = this.#job;
    for (let item = borders[this.#index]; item < borders[this.#index + 1]; item++) {
      this.#hands.check();
      const sequence = sequences[Math.floor(item / kvHeads)];
      const group = item % kvHeads;
      if (!slopes && sequence.queries < FEW) {
        this.#forwardFew(sequence, group);
        continue;
      }
      this.#rows.bringKeys(sequence, group);
      this.#rows.bringValues(sequence, group);
      if (slopes) this.#backward(sequence, group);
      else this.#forward(sequence, group);
    }
  }

  /** Y = softmax(Q·Kᵀ)·V for the heads of a group. */
  #forward(sequence: AttentionSequence, group: number): void {
    const { size, valueSize } = this.#job;
    const { packPanels, packTransposedPanels } = this.#hands.functions;
    const { k, v, kPanels, vPanels, scores, y } = this.#scratch;
    const { keys } = sequence;
    const products = this.#productsFor(sequence);
    packTransposedPanels(k, 4 * size, kPanels, size, keys);
    packPanels(v, 4 * valueSize, vPanels, keys, valueSize);
    for (const block of this.#blocks(sequence, group)) {
      this.#rows.bringQueries(block);
      products.scores(block);
      products.weights(block);
      products.overKeys(block, scores, vPanels, y, valueSize);
      this.#rows.takeResults(block);
    }
  }

  /** The same for a few queries, which do not repay packing the keys. */
  #forwardFew(sequence: AttentionSequence, group: number): void {
    const found = this.#rows.findKeys(sequence, group);
    for (const block of this.#blocks(sequence, group)) {
      this.#rows.bringQueries(block);
      for (let row = 0; row < block.rows; row++) this.#forwardRow(sequence, block, row, found);
      this.#rows.takeResults(block);
    }
  }

  #forwardRow(
    { query, queries, keys }: AttentionSequence,
    { query: first }: Block,
    row: number,
    { k, v }: { readonly k: Matrix; readonly v: Matrix },
  ): void {
    const { size, valueSize, firsts, ends, counts } = this.#job;
    const { dotScore, attentionWeights, memorySum } = this.#hands.functions;
    const { q, scores, y, masses } = this.#scratch;
    const [low, end] = keysInSight(this.#job, first - query + row, queries, keys);
    const at = 4 * (first + row);
    const [here, there] = [q + 4 * size * row, y + 4 * valueSize * row];
    const [key, value] = [k.address + k.stride * low, v.address + v.stride * low];
    const count = end - low;
    dotScore(1, here, 0, key, 0, counts + at, 0, scores, 0, size, k.stride, count);
    attentionWeights(1, scores, 0, firsts + at, ends + at, low, count, masses + 4 * row);
    memorySum(1, scores, 0, value, 0, counts + at, 0, there, 0, valueSize, v.stride);
  }

  /** dQ = dS·K, dK = dSᵀ·Q and dV = Pᵀ·dY with dS = P∘(dY·Vᵀ − dY·Y). */
  #backward(sequence: AttentionSequence, group: number): void {
    const { size, valueSize } = this.#job;
    const { fillRows, packPanels, packTransposedPanels } = this.#hands.functions;
    const scratch = this.#scratch;
    const { keys } = sequence;
    const products = this.#productsFor(sequence);
    packTransposedPanels(scratch.k, 4 * size, scratch.kPanels, size, keys);
    packTransposedPanels(scratch.v, 4 * valueSize, scratch.vPanels, valueSize, keys);
    const keyPanels = scratch.kPanels + 4 * size * upTo(keys, this.#hands.tile.columns);
    packPanels(scratch.k, 4 * size, keyPanels, keys, size);
    fillRows(scratch.dk, 4 * size, 0, size, keys);
    fillRows(scratch.dv, 4 * valueSize, 0, valueSize, keys);
    for (const block of this.#blocks(sequence, group)) {
      this.#rows.bringQueries(block);
      this.#rows.bringSlopes(block);
      products.scores(block);
      products.valueSlopes(block);
      products.slopes(block);
      products.overKeys(block, scratch.slopes, keyPanels, scratch.dq, size);
      this.#rows.takeQuerySlopes(block);
      packPanels(scratch.q, 4 * size, scratch.qPanels, block.rows, size);
      packPanels(scratch.dy, 4 * valueSize, scratch.dyPanels, block.rows, valueSize);
      products.addOverQueries(block, scratch.slopes, scratch.qPanels, scratch.dk, size);
      products.addOverQueries(block, scratch.scores, scratch.dyPanels, scratch.dv, valueSize);
    }
    this.#rows.takeKeySlopes(sequence, group);
  }

  #blocks(sequence: AttentionSequence, group: number): Iterable<Block> {
    return blocksOf(this.#job, sequence, group, this.#hands.tile.columns);
  }

  #productsFor({ keys }: AttentionSequence): BlockProducts {
    const { functions, tile } = this.#hands;
    const stride = 4 * scoresStride(keys, tile);
    return new BlockProducts(this.#job, functions, tile, this.#scratch, stride);
  }
}
