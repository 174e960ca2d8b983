import type { Ref } from '@unroll/backend';
import { PANEL } from '../kernels/tile.ts';
import type { Machine } from '../machine/machine.ts';
import type { SumPlan } from './products.ts';
import type { Rows } from './run.ts';

/** Rows of time taken at once: a panel of eight columns then stays in the first cache. */
const DEPTH = 512;
/** Tiles of the result that are taken at once. */
const TILES = 16;

/**
 * target += leftᵀ · rights over all rows of all steps. Blocks of time are added in their order, so an element has the same
 * bits however the work is cut.
 */
export function addProduct(
  machine: Machine,
  { left, rights, matrix }: SumPlan,
  everyRow: (ref: Ref) => Rows,
  target: Rows,
  batchSizes: readonly number[],
): void {
  const { functions, workspace, tileRows } = machine;
  const height = TILES * tileRows;
  const total = batchSizes.reduce((a, b) => a + b, 0);
  const [m, n] = [matrix.rows[1] - matrix.rows[0], matrix.columns[1] - matrix.columns[0]];
  const [a, b] = [everyRow(left), everyRow(rights[0])];
  workspace.during(() => {
    const depth = Math.min(DEPTH, total);
    const strips = workspace.borrow(4 * m * depth);
    const panels = workspace.borrow(4 * depth * Math.ceil(n / PANEL) * PANEL);
    const scratch = workspace.borrow(4 * PANEL * tileRows);
    for (let first = 0; first < total; first += depth) {
      const k = Math.min(depth, total - first);
      functions.packStrips(a.address + first * a.stride, 4, a.stride, strips, m, k);
      functions.packPanels(b.address + first * b.stride, b.stride, panels, k, n);
      for (let row = 0; row < m; row += height) {
        functions.product_packed(
          strips + 4 * row * k,
          0,
          panels,
          target.address + row * target.stride,
          target.stride,
          Math.min(height, m - row),
          n,
          k,
          1,
          scratch,
        );
      }
    }
  });
}
