import { add, split, type Tensor, type Tensors, transpose } from '@unroll/tensor';

interface Sizes {
  readonly numLayers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
}

/**
 * PyTorch's weights under our names: transposed, and its two biases as one. A GRU's `bias_hh` is zero but for the
 * candidate, where it is our `bU`. Gradients of both biases are equal but for it, so the first one is ours.
 */
export function ours(kind: string, options: Sizes, given: Tensors, gradients = false): Tensors {
  const out: Record<string, Tensor> = {};
  for (let i = 0; i < options.numLayers; i++) {
    for (const suffix of options.bidirectional ? ['', '_reverse'] : ['']) {
      const path = suffix ? `${i}.backward` : `${i}`;
      out[`${path}.W`] = transpose(given[`weight_ih_l${i}${suffix}`]);
      out[`${path}.U`] = transpose(given[`weight_hh_l${i}${suffix}`]);
      const projection = given[`weight_hr_l${i}${suffix}`];
      if (projection) out[`${path}.P`] = transpose(projection);
      if (!options.bias) continue;
      const [input, hidden] = [given[`bias_ih_l${i}${suffix}`], given[`bias_hh_l${i}${suffix}`]];
      if (kind === 'gru') {
        out[`${path}.b`] = input;
        out[`${path}.bU`] = split(hidden, 3, { axis: 0 })[2];
      } else {
        out[`${path}.b`] = gradients ? input : add(input, hidden);
      }
    }
  }
  return out;
}
