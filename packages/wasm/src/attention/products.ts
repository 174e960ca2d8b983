import type { TileShape } from '../kernels/tile.ts';
import type { WasmFunctions } from '../machine/machine.ts';
import type { AttentionJob, AttentionScratch } from './attention-job.ts';
import type { Block } from './blocks.ts';
import { upTo } from './sizes.ts';

/** What is computed of the scores of a block: rows of queries, so many bytes apart, columns of the keys in sight. */
export class BlockProducts {
  readonly #job: AttentionJob;
  readonly #functions: WasmFunctions;
  readonly #tile: TileShape;
  readonly #scratch: AttentionScratch;
  readonly #stride: number;

  /** @param stride bytes from row to row of scores */
  constructor(
    job: AttentionJob,
    functions: WasmFunctions,
    tile: TileShape,
    scratch: AttentionScratch,
    stride: number,
  ) {
    this.#job = job;
    this.#functions = functions;
    this.#tile = tile;
    this.#scratch = scratch;
    this.#stride = stride;
  }

  /** S = Q·Kᵀ. */
  scores(block: Block): void {
    const { q, kPanels, scores } = this.#scratch;
    this.#withTransposed(block, q, kPanels, this.#job.size, scores);
  }

  /** dP = dY·Vᵀ. */
  valueSlopes(block: Block): void {
    const { dy, vPanels, slopes } = this.#scratch;
    this.#withTransposed(block, dy, vPanels, this.#job.valueSize, slopes);
  }

  /** P = softmax(S), in place. */
  weights({ query, rows, first, columns }: Block): void {
    const { firsts, ends } = this.#job;
    const { scores, masses } = this.#scratch;
    const sight = [firsts + 4 * query, ends + 4 * query, first, columns] as const;
    this.#functions.attentionWeights(rows, scores, this.#stride, ...sight, masses);
  }

  /** P in place of the scores and dS = P∘(dP − dY·Y) in place of dP. */
  slopes({ query, rows, first, columns }: Block): void {
    const { firsts, ends } = this.#job;
    const { scores, slopes, masses, levels } = this.#scratch;
    const sight = [firsts + 4 * query, ends + 4 * query, first, columns] as const;
    const { attentionSlopes } = this.#functions;
    attentionSlopes(rows, scores, this.#stride, ...sight, slopes, masses, levels);
  }

  /** Weights times keys or values in panels, `n` wide, only those in sight. */
  overKeys(block: Block, weights: number, panels: number, to: number, n: number): void {
    const { rows, first, columns, keys } = block;
    const { columns: unit } = this.#tile;
    const { product_rows: multiply } = this.#functions;
    const { tile } = this.#scratch;
    for (let column = 0; column < n; column += unit) {
      const panel = panels + 4 * (keys * column + first * unit);
      const target = to + 4 * column;
      const width = Math.min(unit, n - column);
      multiply(weights, this.#stride, panel, target, 4 * n, rows, width, columns, 0, tile);
    }
  }

  /** Adds transposed weights times something of each query in panels, `n` wide, to what belongs to the keys. */
  addOverQueries(block: Block, weights: number, panels: number, to: number, n: number): void {
    const { rows, first, columns } = block;
    const { strips, tile } = this.#scratch;
    const { packStrips, product_packed: multiply } = this.#functions;
    packStrips(weights, 4, this.#stride, strips, columns, rows);
    multiply(strips, 0, panels, to + 4 * n * first, 4 * n, columns, n, rows, 1, tile);
  }

  /** Rows `n` wide times transposed keys or values. */
  #withTransposed(block: Block, left: number, panels: number, n: number, to: number): void {
    const { rows, first, columns } = block;
    const wide = upTo(columns, this.#tile.columns);
    const right = panels + 4 * first * n;
    const { tile } = this.#scratch;
    const { product_rows: multiply } = this.#functions;
    multiply(left, 4 * n, right, to, this.#stride, rows, wide, n, 0, tile);
  }
}
