import { OptionError } from '@unroll/backend';
import type { Cell } from '../cell/define-cell.ts';
import { rnnRelu, rnnTanh } from './elman.ts';
import { gru, gruBefore } from './gru.ts';
import { lstm } from './lstm.ts';

/** The cells by the names that command lines and saved models use. */
export const cells = {
  rnn: rnnTanh,
  'rnn-relu': rnnRelu,
  lstm,
  gru,
  'gru-before': gruBefore,
} as const satisfies Readonly<Record<string, Cell>>;

export type CellName = keyof typeof cells;

/**
 * The cell of a name.
 *
 * @throws OptionError listing the names there are
 */
export function cellByName(name: string): Cell {
  if (Object.hasOwn(cells, name)) return cells[name as CellName];
  throw new OptionError(
    'cell',
    `there is no cell '${name}'; there are ${Object.keys(cells).join(', ')}`,
    {
      name,
    },
  );
}
