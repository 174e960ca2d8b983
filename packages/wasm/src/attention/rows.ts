import type { WasmFunctions } from '../machine/machine.ts';
import type { AttentionJob, AttentionScratch, AttentionSequence, Matrix } from './attention-job.ts';
import type { Block } from './blocks.ts';
import { bitsOf } from './sizes.ts';

/** Some rows of a table. */
interface TableRows {
  /** Where their numbers lie. */
  readonly table: number;
  readonly rows: number;
}

/** Brings the rows of one head from where they lie among those of all heads into scratch, without gaps, and back. */
export class HeadRows {
  readonly #job: AttentionJob;
  readonly #functions: WasmFunctions;
  readonly #scratch: AttentionScratch;

  constructor(job: AttentionJob, functions: WasmFunctions, scratch: AttentionScratch) {
    this.#job = job;
    this.#functions = functions;
    this.#scratch = scratch;
  }

  /** A group's keys, turned. */
  bringKeys(sequence: AttentionSequence, group: number): Matrix {
    const { k, size } = this.#job;
    const { k: here } = this.#scratch;
    this.#move('gatherRows', this.#keysOf(sequence), k, group, here, size);
    this.#turn(here, sequence.keys, 0);
    return { address: here, stride: 4 * size };
  }

  /** A group's values. */
  bringValues(sequence: AttentionSequence, group: number): Matrix {
    const { v, valueSize } = this.#job;
    const { v: here } = this.#scratch;
    this.#move('gatherRows', this.#keysOf(sequence), v, group, here, valueSize);
    return { address: here, stride: 4 * valueSize };
  }

  /** A group's keys and values, where they lie if nothing has to be done to them. */
  findKeys(sequence: AttentionSequence, group: number): { k: Matrix; v: Matrix } {
    const { k, v, size, valueSize, turns } = this.#job;
    const { firstRow, rowStep } = sequence;
    const inPlace = ({ address, stride }: Matrix, n: number) => {
      return { address: address + firstRow * stride + 4 * n * group, stride: rowStep * stride };
    };
    return {
      k: rowStep > 0 && turns === 0 ? inPlace(k, size) : this.bringKeys(sequence, group),
      v: rowStep > 0 ? inPlace(v, valueSize) : this.bringValues(sequence, group),
    };
  }

  /** Queries times `scale`, turned. */
  bringQueries(block: Block): void {
    const { q, size, scale } = this.#job;
    this.#move('gatherRows', this.#queriesOf(block), q, block.head, this.#scratch.q, size, scale);
    this.#turn(this.#scratch.q, block.rows, block.place);
  }

  /** dY with dY·Y and log Σ eˢ of its rows. */
  bringSlopes(block: Block): void {
    const { y, logMass, slopes, valueSize } = this.#job;
    const scratch = this.#scratch;
    const rows = this.#queriesOf(block);
    this.#move('gatherRows', rows, slopes!.dy, block.head, scratch.dy, valueSize);
    this.#move('gatherRows', rows, y, block.head, scratch.y, valueSize);
    this.#move('gatherRows', rows, logMass, block.head, scratch.masses, 1);
    const bytes = 4 * valueSize;
    const { rowDots } = this.#functions;
    rowDots(block.rows, scratch.dy, bytes, scratch.y, bytes, scratch.levels, 4, valueSize);
  }

  /** Y and log Σ eˢ. */
  takeResults(block: Block): void {
    const { y, logMass, valueSize } = this.#job;
    const rows = this.#queriesOf(block);
    this.#move('scatterRows', rows, y, block.head, this.#scratch.y, valueSize);
    this.#move('scatterRows', rows, logMass, block.head, this.#scratch.masses, 1);
  }

  /** dQ, turned back, times `scale`. */
  takeQuerySlopes(block: Block): void {
    const { slopes, size, scale } = this.#job;
    const { dq } = this.#scratch;
    this.#turn(dq, block.rows, block.place, 1);
    this.#move('scatterRows', this.#queriesOf(block), slopes!.dq, block.head, dq, size, scale);
  }

  /** dK, turned back, and dV of a group. */
  takeKeySlopes(sequence: AttentionSequence, group: number): void {
    const { slopes, size, valueSize } = this.#job;
    const { dk, dv } = this.#scratch;
    const rows = this.#keysOf(sequence);
    this.#turn(dk, sequence.keys, 0, 1);
    this.#move('scatterRows', rows, slopes!.dk, group, dk, size);
    this.#move('scatterRows', rows, slopes!.dv, group, dv, valueSize);
  }

  #queriesOf({ query, rows }: Block): TableRows {
    return { table: this.#job.queryRows + 4 * query, rows };
  }

  #keysOf({ key, keys }: AttentionSequence): TableRows {
    return { table: this.#job.keyRows + 4 * key, rows: keys };
  }

  /** Rows of head `number`, `n` wide, times a factor. */
  #move(
    way: 'gatherRows' | 'scatterRows',
    { table, rows }: TableRows,
    { address, stride }: Matrix,
    number: number,
    here: number,
    n: number,
    factor = 1,
  ): void {
    const there = address + 4 * n * number;
    this.#functions[way](rows, table, there, stride, here, n, bitsOf(factor));
  }

  /** Turns rows of queries or keys to their places, or back. */
  #turn(x: number, rows: number, place: number, back = 0): void {
    const { turns, size } = this.#job;
    if (turns === 0) return;
    this.#functions.turnRows(rows, x, turns + 4 * size * place, size, back);
  }
}
