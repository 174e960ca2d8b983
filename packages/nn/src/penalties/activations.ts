import { OptionError, ShapeError } from '@unroll/backend';
import {
  abs,
  fuse,
  indexSelect,
  mean,
  norm,
  Sequence,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import type { Rows } from '../layers/rowwise.ts';

export interface PenaltyOptions {
  /** Mean (the default) or sum over what is really there. */
  reduction?: 'mean' | 'sum';
}

export interface TemporalChangeOptions extends PenaltyOptions {
  /** What may not change: the length of the state (`norm`, the default) or the state itself (`state`). */
  of?: 'norm' | 'state';
}

const change = /* @__PURE__ */ fuse((later, earlier) => square(sub(later, earlier)), {
  name: 'temporalChange',
});

/**
 * |h| for each activation: it makes most of them 0.
 *
 * @param h outputs of a layer, a tensor or a sequence
 * @example
 * const loss = add(error, mul(activationL1(output), 1e-4));
 */
export function activationL1(h: Rows, options: PenaltyOptions = {}): Tensor {
  return reduced('activationL1', abs(rowsOf(h)), options);
}

/**
 * h² for each activation: the activation regularisation (AR) of Merity, McCann & Socher (2017), there with factor 2.
 *
 * @param h outputs of a layer, a tensor or a sequence
 * @example
 * const loss = add(error, mul(activationL2(output), 2));
 */
export function activationL2(h: Rows, options: PenaltyOptions = {}): Tensor {
  return reduced('activationL2', square(rowsOf(h)), options);
}

/**
 * The change from step to step. Of the norm, (‖h_t‖ − ‖h_{t−1}‖)² for each pair of steps, which keeps activations from
 * growing over long sequences (Krueger & Memisevic 2015); of the state, (h_t − h_{t−1})² for each element of each pair,
 * the temporal activation regularisation (TAR) of Merity, McCann & Socher (2017). 0 where no sequence has two steps.
 *
 * @param h outputs of a recurrent layer: a sequence, or a tensor `[batch, time, features]`
 * @throws ShapeError for a tensor of another rank
 * @example
 * const loss = add(error, mul(temporalChange(output), 50));
 */
export function temporalChange(h: Rows, options: TemporalChangeOptions = {}): Tensor {
  const { of = 'norm' } = options;
  if (of !== 'norm' && of !== 'state') {
    throw new OptionError('temporalChange', `of must be 'norm' or 'state'; got ${String(of)}`);
  }
  const sequence = asSequence(h);
  const [earlier, later] = pairsOf(sequence);
  const rows = of === 'norm' ? norm(sequence.rows, { axis: -1 }) : sequence.rows;
  const costs = change(indexSelect(rows, later), indexSelect(rows, earlier));
  return reduced('temporalChange', costs, costs.size === 0 ? { reduction: 'sum' } : options);
}

function asSequence(h: Rows): Sequence {
  if (h instanceof Sequence) return h;
  if (h.rank === 3) return Sequence.fromBatch(h);
  throw new ShapeError(
    'temporalChange',
    `needs a Sequence or [batch, time, features]; got [${h.shape.join(', ')}]`,
    { shape: h.shape },
  );
}

/** The rows of all pairs of neighbouring steps. */
function pairsOf(sequence: Sequence): [earlier: Tensor, later: Tensor] {
  const earlier: number[] = [];
  const later: number[] = [];
  for (const [i, length] of sequence.lengths.entries()) {
    for (let step = 1; step < length; step++) {
      earlier.push(sequence.rowOf(i, step - 1));
      later.push(sequence.rowOf(i, step));
    }
  }
  return [tensor(Int32Array.from(earlier)), tensor(Int32Array.from(later))];
}

function rowsOf(h: Rows): Tensor {
  return h instanceof Sequence ? h.rows : h;
}

function reduced(operation: string, costs: Tensor, { reduction = 'mean' }: PenaltyOptions): Tensor {
  if (reduction === 'mean') return mean(costs);
  if (reduction === 'sum') return sum(costs);
  throw new OptionError(operation, `reduction must be 'mean' or 'sum'; got ${String(reduction)}`);
}
