import { encodeModule } from '../assembly/module.ts';
import { type MultiplyAdd, type TileShape, tileFunction, tileName } from '../kernels/tile.ts';
import { compileModule } from './compile.ts';

/** Small enough for the first cache, long enough (about twenty microseconds a round) for a clock. */
const DEPTH = 256;
const CALLS = 30;
const ROUNDS = 9;
const PAGES = 2;

interface Candidate {
  readonly tile: TileShape;
  readonly madd: MultiplyAdd;
}

/**
 * Whether a processor has the registers that wide tiles want. No engine tells, but the difference cannot be mistaken: with
 * them a wide tile is about twice as fast as a narrow one, without them (its sums do not fit the registers then) half.
 */
export function isWideFaster(narrow: Candidate, wide: Candidate): boolean {
  return nanosecondsOf(wide, true) < nanosecondsOf(narrow, false);
}

/** For one multiplication, in the best of some rounds. */
function nanosecondsOf({ tile, madd }: Candidate, widen: boolean): number {
  const code = encodeModule([tileFunction(tile, 'packed', madd)], { shared: false });
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const { exports } = new WebAssembly.Instance(compileModule(code, widen), { env: { memory } });
  const run = exports[tileName(tile.rows, 'packed')] as (...args: number[]) => void;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, microsecondsOf(run, tile));
  return (1000 * best) / (CALLS * DEPTH * tile.rows * tile.columns);
}

function microsecondsOf(run: (...args: number[]) => void, { rows, columns }: TileShape): number {
  const panel = 4 * rows * DEPTH;
  const target = panel + 4 * columns * DEPTH;
  const start = performance.now();
  for (let i = 0; i < CALLS; i++) run(0, 0, panel, target, 4 * columns, DEPTH, 0);
  return 1000 * (performance.now() - start);
}
