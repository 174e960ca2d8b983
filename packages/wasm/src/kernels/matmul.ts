import type { Kernels, Memory, Operand } from '@unroll/backend';
import { nativeMatmul } from '../blas/matmul.ts';
import { floatsOf, matrixOf, reach, resultOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { hostMemory, versionOf } from '../memory/host-memory.ts';
import { shareProduct, shareTransposedProduct } from '../threads/shared-product.ts';
import type { TileShape } from './tile.ts';

/** Columns of A taken at once: a panel of B then stays in the first cache. */
export const DEPTH = 512;
/** Bytes of A taken at once, so that it stays in the second cache while all panels pass by. */
const BLOCK_BYTES = 131_072;

/** Multiplications from which on a product is computed where its operands lie; below, the way there takes longer. */
const WHOLE = 2 ** 18;

/** Rows of A taken at once: whole tiles. */
export function rowsTogether({ rows }: TileShape, k: number): number {
  const tiles = Math.floor(BLOCK_BYTES / (4 * Math.min(k, DEPTH) * rows));
  return Math.max(1, tiles) * rows;
}

/** One product: A `[m, k]` or its transpose in memory, B `[k, n]` or its transpose. */
interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of floats, all else is the reference's. */
export function makeMatmul(machine: Machine, reference: Kernels['matmul']): Kernels['matmul'] {
  return (a, b, transposeA, transposeB) => {
    const [batchA, rowsA, columnsA] = a.shape;
    const [batchB, rowsB, columnsB] = b.shape;
    const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
    const n = transposeB ? rowsB : columnsB;
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || m * k * n < machine.thresholds.matmul) {
      return reference(a, b, transposeA, transposeB);
    }
    const product = { m, k, n, transposeA, transposeB };
    const { blas, workspace } = machine;
    if (blas?.isWorthACall(m, n, k)) {
      return workspace.during(() => nativeMatmul(machine, product, [a, b]));
    }
    return workspace.during(() => {
      const batch = batchA === 1 ? batchB : batchA;
      return new Multiplication(machine, product).run(a, b, batch);
    });
  };
}

class Multiplication {
  readonly #machine: Machine;
  readonly #product: Product;
  /** Columns with those that fill the last panel. */
  readonly #wide: number;

  constructor(machine: Machine, product: Product) {
    this.#machine = machine;
    this.#product = product;
    const { columns } = machine.tile;
    this.#wide = Math.ceil(product.n / columns) * columns;
  }

  run(a: Operand, b: Operand, batch: number): Memory {
    const { m, k, n, transposeA, transposeB } = this.#product;
    if (m * k * n === 0) return hostMemory('float32', new Float32Array(batch * m * n));
    if (batch * m === 1) return this.#row(floatsOf(a), this.#panels(b, 0, 0));
    if (m > 1 && m * k * n >= WHOLE && !(transposeA && transposeB)) {
      return resultOf(this.#machine, batch * m * n, (c) => this.#whole(a, b, batch, c));
    }
    const results = new Float32Array(batch * m * n);
    let panels = 0;
    for (let i = 0; i < batch; i++) {
      const target = results.subarray(i * m * n, (i + 1) * m * n);
      if (i === 0 || b.shape[0] > 1) panels = this.#panels(b, i, panels);
      this.#multiply(floatsOf(matrixOf(a, i)), panels, target);
    }
    return hostMemory('float32', results);
  }

  /** Computes where the operands lie, on as many threads as are worth it. */
  #whole(a: Operand, b: Operand, batch: number, c: number): void {
    const { m, n, transposeA } = this.#product;
    const count = this.#threads();
    let panels = 0;
    for (let i = 0; i < batch; i++) {
      const left = matrixOf(a, i);
      const target = c + 4 * i * m * n;
      if (transposeA) this.#shareTransposed(left, matrixOf(b, i), target, count);
      else {
        if (i === 0 || b.shape[0] > 1) panels = this.#panels(b, i, panels);
        this.#share(left, panels, target, count);
      }
    }
  }

  /** How many threads are worth it: each wants a few tiles. */
  #threads(): number {
    const { team, tile } = this.#machine;
    const { m, k, n, transposeA } = this.#product;
    const tiles = transposeA ? Math.ceil(n / tile.columns) : Math.ceil(m / tile.rows);
    return team.sizeFor(2 * m * k * n, Math.floor(tiles / 2));
  }

  #share(left: Operand, panels: number, c: number, count: number): void {
    const { m, k, n } = this.#product;
    this.#machine.workspace.during(() => {
      const blocks = [];
      for (let from = 0; from < k; from += DEPTH) {
        const depth = Math.min(DEPTH, k - from);
        blocks.push({ from, depth, panels: panels + 4 * from * this.#wide });
      }
      const a = reach(this.#machine, left);
      shareProduct(this.#machine, { m, k, n, a, c, blocks }, count);
    });
  }

  #shareTransposed(left: Operand, right: Operand, c: number, count: number): void {
    const { heap, workspace } = this.#machine;
    const { m, n } = this.#product;
    workspace.during(() => {
      const [a, b] = [reach(this.#machine, left), reach(this.#machine, right)];
      heap.floats.fill(0, c / 4, c / 4 + m * n);
      shareTransposedProduct(this.#machine, { ...this.#product, a, b, c }, count);
    });
  }

  /** B as panels, from the cache where it is used again and again; else packed into `space` or new workspace. */
  #panels(b: Operand, index: number, space: number): number {
    const { packed, workspace } = this.#machine;
    const { k, n, transposeB } = this.#product;
    const bytes = 4 * k * this.#wide;
    const pack = (target: number) => {
      workspace.during(() => this.#pack(matrixOf(b, index), target));
    };
    if (b.shape[0] === 1) {
      const form = `${b.offset} ${k}×${n}${transposeB ? 'ᵀ' : ''}`;
      const kept = packed.getRepeated(b.memory, versionOf(b), { form, bytes, pack });
      if (kept !== undefined) return kept;
    }
    const target = space > 0 ? space : workspace.borrow(bytes);
    pack(target);
    return target;
  }

  /** One block of panels for each block of k. */
  #pack(right: Operand, target: number): void {
    const { functions } = this.#machine;
    const { k, n, transposeB } = this.#product;
    const source = reach(this.#machine, right);
    for (let from = 0; from < k; from += DEPTH) {
      const depth = Math.min(DEPTH, k - from);
      const to = target + 4 * from * this.#wide;
      if (transposeB) functions.packTransposedPanels(source + 4 * from, 4 * k, to, depth, n);
      else functions.packPanels(source + 4 * from * n, 4 * n, to, depth, n);
    }
  }

  #multiply(left: Float32Array, panels: number, target: Float32Array): void {
    const { m, k, n } = this.#product;
    const { heap, tile, workspace } = this.#machine;
    workspace.during(() => {
      if (m === 1) {
        const c = this.#multiplyRow(left, panels) / 4;
        target.set(heap.floats.subarray(c, c + n));
      } else {
        const block = Math.min(rowsTogether(tile, k), m);
        this.#multiplyBlocks(left, panels, target, block);
      }
    });
  }

  /** A product of one row, which is the whole of it. */
  #row(left: Float32Array, panels: number): Memory {
    const { arrays, heap } = this.#machine;
    const c = this.#multiplyRow(left, panels);
    return hostMemory('float32', arrays.copy(heap.floats, c / 4, this.#product.n));
  }

  /** Where the result lies in workspace. */
  #multiplyRow(left: Float32Array, panels: number): number {
    const { functions, heap, workspace } = this.#machine;
    const { k, n } = this.#product;
    const a = workspace.borrow(4 * k);
    const c = workspace.borrow(4 * this.#wide);
    heap.floats.set(left, a / 4);
    for (let from = 0; from < k; from += DEPTH) {
      const depth = Math.min(DEPTH, k - from);
      const block = panels + 4 * from * this.#wide;
      functions.product_row(a + 4 * from, block, c, n, depth, Number(from > 0));
    }
    return c;
  }

  /** Blocks of rows, and in each the blocks of k in order. */
  #multiplyBlocks(left: Float32Array, panels: number, target: Float32Array, block: number): void {
    const { functions, heap, workspace, tile } = this.#machine;
    const { m, k, n, transposeA } = this.#product;
    const source = workspace.borrow(4 * (transposeA ? m : block) * k);
    const strips = transposeA ? workspace.borrow(4 * block * Math.min(k, DEPTH)) : 0;
    const c = workspace.borrow(4 * block * n);
    const scratch = workspace.borrow(4 * tile.columns * tile.rows);
    if (transposeA) heap.floats.set(left, source / 4);
    for (let row = 0; row < m; row += block) {
      const rows = Math.min(block, m - row);
      if (!transposeA) heap.floats.set(left.subarray(row * k, (row + rows) * k), source / 4);
      for (let from = 0; from < k; from += DEPTH) {
        const depth = Math.min(DEPTH, k - from);
        const right = panels + 4 * from * this.#wide;
        const tail = [right, c, 4 * n, rows, n, depth, Number(from > 0), scratch] as const;
        if (transposeA) {
          functions.packStrips(source + 4 * (from * m + row), 4, 4 * m, strips, rows, depth);
          functions.product_packed(strips, 0, ...tail);
        } else {
          functions.product_rows(source + 4 * from, 4 * k, ...tail);
        }
      }
      target.set(heap.floats.subarray(c / 4, c / 4 + rows * n), row * n);
    }
  }
}
