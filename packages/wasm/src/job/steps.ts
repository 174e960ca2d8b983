import type { Hands } from './hands.ts';
import type { Instruction, Rows, Scratch } from './job.ts';
import { multiplyNatively } from './native.ts';

/** Left sides are taken in blocks of about this many bytes, which stay in the cache while all panels pass by. */
const BLOCK_BYTES = 131_072;

/** An instruction for the rows of a step, given where they begin and how many there are. */
export type Step = (first: number, rows: number) => void;

/** The instruction over rows that begin `by` rows later. */
export function stepOf(hands: Hands, instruction: Instruction, by: number, scratch: Scratch): Step {
  const { watch } = hands;
  const step = plainStep(hands, instruction, by, scratch);
  if (watch === undefined) return step;
  return (first, rows) => watch.measure(instruction, rows, () => step(first, rows));
}

function plainStep(hands: Hands, instruction: Instruction, by: number, scratch: Scratch): Step {
  switch (instruction.kind) {
    case 'fill':
      return fill(hands, instruction, by);
    case 'product':
      return product(hands, instruction, by, scratch);
    case 'native':
      return native(hands, instruction, by);
    case 'stage':
      return stage(hands, instruction, by);
    case 'rows':
      return overRows(hands, instruction, by);
  }
}

type Of<K extends Instruction['kind']> = Extract<Instruction, { kind: K }>;

/** The rows that begin `by` rows later. */
export function moved(rows: Rows, by: number): Rows {
  return { ...rows, address: rows.address + by * rows.stride };
}

/** Where the rows of a step begin. */
export function at(rows: Rows, first: number): number {
  return rows.everyRow ? rows.address + first * rows.stride : rows.address;
}

function fill({ functions }: Hands, { target, bias, columns }: Of<'fill'>, by: number): Step {
  const { fillRows } = functions;
  const to = moved(target, by);
  return (first, rows) => fillRows(at(to, first), to.stride, bias, columns, rows);
}

function product(
  { functions, tile }: Hands,
  { panels, k, n, ...instruction }: Of<'product'>,
  by: number,
  scratch: Scratch,
): Step {
  const [left, target] = [moved(instruction.left, by), moved(instruction.target, by)];
  const { product_rows: multiply, product_row: multiplyRow } = functions;
  const accumulate = Number(instruction.accumulate);
  const block = Math.max(1, Math.floor(BLOCK_BYTES / (4 * k * tile.rows))) * tile.rows;
  const [from, to] = [left.stride, target.stride];
  // A single row reads several panels side by side, and writes whole ones.
  const byRow = n % tile.columns === 0;
  return (first, rows) => {
    let a = at(left, first);
    let c = at(target, first);
    if (rows === 1 && byRow) {
      multiplyRow(a, panels, c, n, k, accumulate);
      return;
    }
    for (let row = 0; row < rows; row += block) {
      const m = Math.min(block, rows - row);
      multiply(a, from, panels, c, to, m, n, k, accumulate, scratch.tile);
      a += block * from;
      c += block * to;
    }
  };
}

function native(hands: Hands, instruction: Of<'native'>, by: number): Step {
  const [left, target] = [moved(instruction.left, by), moved(instruction.target, by)];
  return (first, rows) =>
    multiplyNatively(hands, instruction, at(left, first), at(target, first), rows);
}

function stage({ stages }: Hands, { name, ports }: Of<'stage'>, by: number): Step {
  const fn = stages[name];
  const from = ports.map((port) => moved(port, by));
  const args = new Array<number>(ports.length + 1).fill(0);
  return (first, rows) => {
    args[0] = rows;
    for (let i = 0; i < from.length; i++) args[i + 1] = at(from[i], first);
    fn(...args);
  };
}

/** Parameters of a call: rows, then address and stride of each port, then the constants. */
function overRows({ functions }: Hands, { calls }: Of<'rows'>, by: number): Step {
  const steps = calls.map(({ name, ports, constants }): Step => {
    const fn = functions[name];
    const from = ports.map((port) => moved(port, by));
    const args = [0, ...from.flatMap(({ address, stride }) => [address, stride]), ...constants];
    return (first, rows) => {
      args[0] = rows;
      for (let i = 0; i < from.length; i++) args[1 + 2 * i] = at(from[i], first);
      fn(...args);
    };
  });
  return (first, rows) => {
    for (const step of steps) step(first, rows);
  };
}
