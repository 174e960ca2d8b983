import { OptionError, type Program } from '@unroll/backend';
import type { Cell } from '../cell/define-cell.ts';
import type { Mask, Training } from '../cell/mask.ts';
import { withRecipe } from '../cell/recipe.ts';

/** What a wrapper makes of a cell's programs. */
export interface Wrapper {
  /** Behind the cell's name, in messages and summaries. */
  readonly name: string;
  /** The function that wraps, and its options as plain data. */
  readonly make: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The program in use; by default the cell's own. */
  readonly use?: (program: Program) => Program;
  /** The program in training, and the masks that it reads. */
  readonly train: (program: Program) => Training;
}

/** A cell with masks while it trains. What it wraps may have masks too, and it may be wrapped again. */
export function wrap(cell: Cell, { name, make, options, use, train }: Wrapper): Cell {
  const inUse = new Map<Program, Program>();
  const inTraining = new Map<Program, Training>();
  const wrapped: Cell = {
    ...cell,
    name: `${cell.name} with ${name}`,
    program: (sizes) => {
      const program = cell.program(sizes);
      return use ? once(inUse, program, use) : program;
    },
    training: (sizes) => {
      const inner = cell.training?.(sizes) ?? { program: cell.program(sizes), masks: [] };
      return once(inTraining, inner.program, (program) => {
        const own = train(program);
        return { program: own.program, masks: [...inner.masks, ...own.masks] };
      });
    },
  };
  return withRecipe(wrapped, { make, of: cell, options });
}

/** The same program gives the same object, so that it is compiled once. */
function once<T>(known: Map<Program, T>, program: Program, make: (program: Program) => T): T {
  const value = known.get(program) ?? make(program);
  known.set(program, value);
  return value;
}

/**
 * A mask that keeps elements and divides them by their share, so that the expectation stays.
 *
 * @param rate share of zeros
 */
export function keeping(rate: number): Pick<Mask, 'p' | 'value'> {
  return { p: 1 - rate, value: rate === 1 ? 1 : 1 / (1 - rate) };
}

/** Refuses what is no share. */
export function needRate(operation: string, name: string, rate: unknown): asserts rate is number {
  if (typeof rate === 'number' && rate >= 0 && rate <= 1) return;
  throw new OptionError(operation, `${name} must be in [0, 1]; got ${rate}`, { [name]: rate });
}
