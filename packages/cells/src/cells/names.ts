import { OptionError } from '@unroll/backend';
import type { Cell } from '../cell/define-cell.ts';
import { rnnRelu, rnnTanh } from './elman.ts';
import { gru, gruBefore } from './gru.ts';
import { gruLayerNorm } from './gru-layer-norm.ts';
import { indrnn } from './indrnn.ts';
import { jordan } from './jordan.ts';
import { lectureGru } from './lecture-gru.ts';
import { lectureLstm } from './lecture-lstm.ts';
import { lstm } from './lstm.ts';
import { lstmCoupled } from './lstm-coupled.ts';
import { lstmLayerNorm } from './lstm-layer-norm.ts';
import { lstmPeephole } from './lstm-peephole.ts';
import { lstmProjection } from './lstm-projection.ts';
import { memoryCell } from './memory-cell.ts';
import { mgu } from './mgu.ts';
import { minGru } from './mingru.ts';
import { minLstm } from './minlstm.ts';
import { relevanceGru } from './relevance-gru.ts';
import { relevanceLstm } from './relevance-lstm.ts';
import { sru } from './sru.ts';

/** The cells by the names that command lines and saved models use. */
export const cells = {
  rnn: rnnTanh,
  'rnn-relu': rnnRelu,
  jordan,
  lstm,
  'lstm-peephole': lstmPeephole,
  'lstm-coupled': lstmCoupled,
  'lstm-projection': lstmProjection,
  'lstm-layer-norm': lstmLayerNorm,
  gru,
  'gru-before': gruBefore,
  'gru-layer-norm': gruLayerNorm,
  mgu,
  indrnn,
  mingru: minGru,
  minlstm: minLstm,
  sru,
  'memory-cell': memoryCell,
  'lecture-lstm': lectureLstm,
  'lecture-gru': lectureGru,
  'relevance-gru': relevanceGru,
  'relevance-lstm': relevanceLstm,
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
    { cell: name },
  );
}
