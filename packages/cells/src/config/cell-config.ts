import { OptionError } from '@unroll/backend';
import type { Cell } from '../cell/define-cell.ts';
import { recipeOf } from '../cell/recipe.ts';
import { cellByName, cells } from '../cells/names.ts';
import { makers } from './makers.ts';

/**
 * A cell as plain data: the name of a built-in or of one of your own, or the function that makes it, of which cell and
 * with which options. Nothing in it is code.
 */
export type CellConfig = string | MadeCellConfig;

/** `{ make: 'zoneout', of: 'lstm', options: { h: 0.05 } }`, `{ make: 'projectedLstm', options: { projSize: 3 } }`. */
export interface MadeCellConfig {
  readonly make: string;
  readonly of?: CellConfig;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A cell is wrapped a few times; a file that says more is no file of ours. */
const deepest = 16;

/**
 * A cell as plain data, to be kept in a file; {@link cellFromConfig} is the way back.
 *
 * A cell that `defineCell` made, or one with a function of your own for an activation, is its name: whoever reads the
 * configuration has to know it.
 *
 * @throws OptionError for a cell of your own that is called as a built-in one is
 * @example
 * const cell = zoneout(lstm, { h: 0.05, c: 0.5 });
 * cellConfig(cell); // { make: 'zoneout', of: 'lstm', options: { h: 0.05, c: 0.5 } }
 */
export function cellConfig(cell: Cell): CellConfig {
  const builtIn = Object.entries(cells).find(([, known]) => known === cell);
  if (builtIn) return builtIn[0];
  const recipe = recipeOf(cell);
  if (recipe) {
    const { make, of, options } = recipe;
    return { make, ...(of && { of: cellConfig(of) }), options };
  }
  if (!Object.hasOwn(cells, cell.name)) return cell.name;
  throw new OptionError(
    'cellConfig',
    `a cell of your own is called '${cell.name}', as a built-in one is, which a reader would take for it. Give it another name.`,
    { name: cell.name },
  );
}

/**
 * The cell that a configuration describes.
 *
 * @param own cells that are known by name beside the built-in ones
 * @throws OptionError for a name or a function that does not exist, and for options that do not fit
 * @example
 * const cell = cellFromConfig({ make: 'weightDrop', of: 'gru', options: { p: 0.3, weights: ['U'] } });
 * const layer = new Recurrent({ cell, inputSize: 8, hiddenSize: 16 });
 */
export function cellFromConfig(config: CellConfig, own: readonly Cell[] = []): Cell {
  return read(config, own, 0);
}

function read(config: CellConfig, own: readonly Cell[], depth: number): Cell {
  if (typeof config === 'string') {
    return own.find(({ name }) => name === config) ?? cellByName(config);
  }
  if (!isMade(config)) {
    refuse(`is no name and no { make, of, options }: ${JSON.stringify(config)}`);
  }
  if (depth >= deepest) refuse(`is wrapped more than ${deepest} times`);
  const { make, of, options } = config;
  const maker = makers.get(make);
  if (!maker) refuse(`is made by '${make}'; there are ${[...makers.keys()].join(', ')}`);
  if (!maker.wraps) return maker.make(options);
  if (of === undefined) refuse(`is made by ${make}, which wraps a cell, and does not say of which`);
  return maker.make(read(of, own, depth + 1), options);
}

function isMade(config: unknown): config is MadeCellConfig {
  if (!isRecord(config)) return false;
  return typeof config.make === 'string' && isRecord(config.options);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(words: string): never {
  throw new OptionError('cell', `the cell ${words}`);
}
