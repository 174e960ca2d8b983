import type { Hands } from './hands.ts';
import type { Job, JobSum, Scratch } from './job.ts';
import { addNatively, shareOfColumns } from './native.ts';

/** Rows of time taken at once: a panel then stays in the first cache. */
export const DEPTH = 512;
/** Tiles of the result that are taken at once. */
const TILES = 16;

/** Adds one thread's columns of a sum over all steps. Blocks of time are added in their order. */
export function addSum(
  hands: Hands,
  sum: JobSum,
  job: Job,
  index: number,
  firsts: readonly number[],
): void {
  const { column, n, width } = sum;
  const [left, right] = shareOfColumns(job, width, index, hands.tile.columns);
  const [from, to] = [Math.max(left - column, 0), Math.min(right - column, n)];
  if (from >= to) return;
  if (sum.kind === 'product' && sum.native) addNatively(hands, sum, job, [from, to]);
  else if (sum.kind === 'product') addProduct(hands, sum, job.scratch[index], firsts, [from, to]);
  else if (sum.kind === 'rows') addCalls(hands, sum, job, firsts, [from, to]);
  else addRows(hands, sum, firsts, [from, to]);
}

type Range = readonly [from: number, to: number];

function addProduct(
  { functions, tile: shape, check }: Hands,
  sum: Extract<JobSum, { kind: 'product' }>,
  { strips, panels, tile }: Scratch,
  firsts: readonly number[],
  [from, to]: Range,
): void {
  const { left, right, m, target, stride } = sum;
  const total = firsts[firsts.length - 1];
  const height = TILES * shape.rows;
  const n = to - from;
  for (let first = 0; first < total; first += DEPTH) {
    check();
    const k = Math.min(DEPTH, total - first);
    const [a, b] = [left.address + first * left.stride, right.address + first * right.stride];
    functions.packStrips(a, 4, left.stride, strips, m, k);
    functions.packPanels(b + 4 * from, right.stride, panels, k, n);
    for (let row = 0; row < m; row += height) {
      const c = target + row * stride + 4 * from;
      const rows = Math.min(height, m - row);
      functions.product_packed(strips + 4 * row * k, 0, panels, c, stride, rows, n, k, 1, tile);
    }
  }
}

function addRows(
  { functions }: Hands,
  { kind, x, n, target }: Extract<JobSum, { kind: 'columns' | 'steps' }>,
  firsts: readonly number[],
  [from, to]: Range,
): void {
  const steps = firsts.length - 1;
  const add = (stride: number, first: number, rows: number) => {
    const source = x.everyRow ? x.address + first * x.stride : x.address;
    functions.addRows(target + 4 * from, stride, source + 4 * from, x.stride, to - from, rows);
  };
  if (kind === 'columns') add(0, 0, firsts[steps]);
  else for (let t = 0; t < steps; t++) add(4 * n, firsts[t], firsts[t + 1] - firsts[t]);
}

/** Step by step, so that the rows of each stand where their sequences do. */
function addCalls(
  { functions, check }: Hands,
  { name, ports, cut, constants }: Extract<JobSum, { kind: 'rows' }>,
  { batchSizes }: Job,
  firsts: readonly number[],
  [from, to]: Range,
): void {
  for (const [t, living] of batchSizes.entries()) {
    check();
    const places = ports.flatMap(({ address, stride, everyRow }, i) => {
      const column = cut[i] ? 4 * from : 0;
      return [address + column + (everyRow ? firsts[t] * stride : 0), stride];
    });
    functions[name](living, ...places, to - from, ...constants);
  }
}
