import type { TileShape } from '../kernels/tile.ts';
import { DEPTH } from './add-sum.ts';
import type { Scratch } from './job.ts';

/** Rows and columns of a product that is a sum over all steps. */
interface Size {
  readonly m: number;
  readonly n: number;
}

/** What one thread needs for some sums, borrowed. */
export function scratchFor(
  tile: TileShape,
  products: readonly Size[],
  borrow: (bytes: number) => number,
): Scratch {
  const floats = (sizes: readonly number[]) => {
    const widest = Math.ceil(Math.max(0, ...sizes) / tile.columns) * tile.columns;
    return borrow(4 * DEPTH * widest);
  };
  return {
    tile: borrow(4 * tile.columns * tile.rows),
    strips: floats(products.map(({ m }) => m)),
    panels: floats(products.map(({ n }) => n)),
  };
}
