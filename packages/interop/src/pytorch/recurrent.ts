import { UnsupportedError } from '@unroll/backend';
import { gru, lstm, lstmProjection, type Recurrent, rnnRelu, rnnTanh } from '@unroll/cells';
import { add, concat, slice, type Tensor, transpose, zeros } from '@unroll/tensor';
import { refuseOwnOptions } from '../recurrent-options.ts';
import type { Layout, Named } from './contract.ts';

const known = [rnnTanh, rnnRelu, lstm, gru];

/**
 * torch.nn.RNN, LSTM and GRU: `weight_ih_l0` is Wᵀ, `weight_hh_l0` is Uᵀ, and there are two biases where one is enough. Their
 * sum is our b; going back, all of b is `bias_ih`. In a GRU the candidate's second bias stands inside the reset and is our
 * bU. The projection `weight_hr_l0` is Pᵀ. Gate orders are the same, and so is the sense of z.
 */
export const recurrentLayout: Layout<Recurrent> = {
  whole: true,
  theirs: (layer) => convert(layer, layer.stateDict(), directionToTheirs),
  ours: (layer, theirs) => convert(layer, theirs, directionToOurs),
};

/** One direction of one layer: its two names, and what the conversion must know. */
interface Place {
  /** Before our names: `0.`, `0.backward.`. */
  readonly prefix: string;
  /** Behind PyTorch's: `_l0`, `_l0_reverse`. */
  readonly suffix: string;
  readonly hiddenSize: number;
  readonly isGru: boolean;
}

function convert(
  layer: Recurrent,
  tensors: Named,
  one: (place: Place, from: Named) => Named,
): Named {
  const { cell, hiddenSize, layers, bidirectional } = layer;
  refuseOwnOptions('PyTorch', layer);
  // Each projSize makes a cell of its own, of one name.
  if (!known.includes(cell) && cell.name !== lstmProjection.name) {
    throw new UnsupportedError(
      'PyTorch',
      `torch.nn has no ${cell.name}; it has RNN, LSTM and GRU (reset after). Save with @unroll/safetensors, and write the cell in Python`,
      { cell: cell.name },
    );
  }
  const isGru = cell === gru;
  const parts = layers.flatMap((_, i) => {
    const ahead = { prefix: `${i}.`, suffix: `_l${i}`, hiddenSize, isGru };
    const back = { ...ahead, prefix: `${i}.backward.`, suffix: `_l${i}_reverse` };
    return (bidirectional ? [ahead, back] : [ahead]).map((place) => one(place, tensors));
  });
  return Object.assign({}, ...parts);
}

function directionToTheirs(place: Place, ours: Named): Named {
  const { prefix, suffix } = place;
  const { [`${prefix}b`]: b, [`${prefix}bU`]: bU, [`${prefix}P`]: P } = ours;
  return {
    [`weight_ih${suffix}`]: transpose(ours[`${prefix}W`]),
    [`weight_hh${suffix}`]: transpose(ours[`${prefix}U`]),
    ...(P && { [`weight_hr${suffix}`]: transpose(P) }),
    ...(b && { [`bias_ih${suffix}`]: b, [`bias_hh${suffix}`]: hiddenBias(place, b, bU) }),
  };
}

/** Zero, but for a GRU's candidate. */
function hiddenBias({ hiddenSize, isGru }: Place, b: Tensor, bU: Tensor): Tensor {
  const { dtype } = b;
  if (!isGru) return zeros(b.shape, { dtype });
  return concat([zeros([2 * hiddenSize], { dtype }), bU], { axis: 0 });
}

function directionToOurs(place: Place, theirs: Named): Named {
  const { prefix, suffix, isGru, hiddenSize: n } = place;
  const { [`bias_ih${suffix}`]: input, [`bias_hh${suffix}`]: hidden } = theirs;
  const projection = theirs[`weight_hr${suffix}`];
  const weights = {
    ...(projection && { [`${prefix}P`]: transpose(projection) }),
    [`${prefix}W`]: transpose(theirs[`weight_ih${suffix}`]),
    [`${prefix}U`]: transpose(theirs[`weight_hh${suffix}`]),
  };
  if (!input) return weights;
  if (!isGru) return { ...weights, [`${prefix}b`]: add(input, hidden) };
  const rows = (x: Tensor, from: number, to: number) => slice(x, { axis: 0, from, to });
  const gates = add(rows(input, 0, 2 * n), rows(hidden, 0, 2 * n));
  return {
    ...weights,
    [`${prefix}b`]: concat([gates, rows(input, 2 * n, 3 * n)], { axis: 0 }),
    [`${prefix}bU`]: rows(hidden, 2 * n, 3 * n),
  };
}
