import type { Cell } from './define-cell.ts';

/** How a cell was made: by which function, of which other cell, with which options as plain data. */
export interface Recipe {
  readonly make: string;
  readonly of?: Cell;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Beside the cells and not in them: a copy of a cell with something changed has no recipe. */
const recipes = new WeakMap<Cell, Recipe>();

export function withRecipe(cell: Cell, recipe: Recipe): Cell {
  recipes.set(cell, recipe);
  return cell;
}

export function recipeOf(cell: Cell): Recipe | undefined {
  return recipes.get(cell);
}
