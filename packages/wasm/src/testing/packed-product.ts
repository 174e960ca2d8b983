import { DEPTH, rowsTogether } from '../kernels/matmul.ts';
import { makeMachine } from '../machine/make-machine.ts';
import { detectSimd, type SimdKind } from '../machine/simd.ts';

/** A product whose operands lie packed in WebAssembly memory. */
export interface PackedProduct {
  readonly simd: SimdKind;
  /** Computes it, on one thread. */
  run(): void;
  /** What the last run gave: `[m, n]`. */
  result(): Float32Array;
}

/**
 * The product of `left [m, k]` and `right [k, n]` by the tiles that `matmul` uses, with everything around them left out:
 * nothing is packed, brought or taken out by `run`. A benchmark holds `matmul` against it.
 */
export function packedProduct(
  left: Float32Array,
  right: Float32Array,
  [m, k, n]: readonly [m: number, k: number, n: number],
  simd: SimdKind = detectSimd(),
): PackedProduct {
  const { functions, heap, tile } = makeMachine({ simd });
  const wide = Math.ceil(n / tile.columns) * tile.columns;
  const take = (floats: number) => heap.take(4 * floats);
  const [a, b] = [take(m * k), take(k * n)];
  const [strips, panels, c] = [take(m * k), take(k * wide), take(m * n)];
  const scratch = take(tile.rows * tile.columns);
  heap.floats.set(left, a / 4);
  heap.floats.set(right, b / 4);
  const depths = Array.from({ length: Math.ceil(k / DEPTH) }, (_, i) => {
    const from = i * DEPTH;
    return { from, depth: Math.min(DEPTH, k - from) };
  });
  for (const { from, depth } of depths) {
    functions.packStrips(a + 4 * from, 4 * k, 4, strips + 4 * from * m, m, depth);
    functions.packPanels(b + 4 * from * n, 4 * n, panels + 4 * from * wide, depth, n);
  }
  const block = rowsTogether(tile, k);
  return {
    simd,
    run() {
      for (let row = 0; row < m; row += block) {
        const rows = Math.min(block, m - row);
        for (const { from, depth } of depths) {
          const strip = strips + 4 * (from * m + row * depth);
          const panel = panels + 4 * from * wide;
          const [to, more] = [c + 4 * row * n, Number(from > 0)];
          functions.product_packed(strip, 0, panel, to, 4 * n, rows, n, depth, more, scratch);
        }
      }
    },
    result: () => heap.floats.slice(c / 4, c / 4 + m * n),
  };
}
