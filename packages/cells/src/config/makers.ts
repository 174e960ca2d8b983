import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import { activationByName, replaceFunctions } from '../cell/activations.ts';
import type { Cell } from '../cell/define-cell.ts';
import { projectedLstm } from '../cells/lstm-projection.ts';
import { variationalDropout } from '../wrappers/variational-dropout.ts';
import { weightDrop } from '../wrappers/weight-drop.ts';
import { zoneout } from '../wrappers/zoneout.ts';

type Options = Readonly<Record<string, unknown>>;

/** A function that makes a cell of plain options, which it checks; of another cell where it is a wrapper. */
export type Maker =
  | { readonly wraps: true; readonly make: (cell: Cell, options: Options) => Cell }
  | { readonly wraps: false; readonly make: (options: Options) => Cell };

/** What may stand under `make` in a cell's configuration. */
export const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['zoneout', { wraps: true, make: (cell, rates) => zoneout(cell, rates as never) }],
  [
    'variationalDropout',
    { wraps: true, make: (cell, options) => variationalDropout(cell, options as never) },
  ],
  ['weightDrop', { wraps: true, make: droppedWeights }],
  ['withActivations', { wraps: true, make: otherActivations }],
  ['projectedLstm', { wraps: false, make: projected }],
]);

function droppedWeights(cell: Cell, options: Options): Cell {
  refuseUnknownOptions('weightDrop', options, { p: true, weights: true });
  const { p, weights } = options;
  const names = weights ?? [];
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) {
    return weightDrop(cell, p as never, weights as never);
  }
  throw new OptionError('weightDrop', `weights must be names; got ${JSON.stringify(weights)}`);
}

function otherActivations(cell: Cell, options: Options): Cell {
  return replaceFunctions(
    cell,
    Object.fromEntries(
      Object.entries(options).map(([name, other]) => [name, activationByName(name, other)]),
    ),
  );
}

function projected(options: Options): Cell {
  refuseUnknownOptions('projectedLstm', options, { projSize: true });
  return projectedLstm(options as never);
}
