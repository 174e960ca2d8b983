import type { MultiHeadAttention } from '@unroll/attention';
import { UnsupportedError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import { concat, split, type Tensor } from '@unroll/tensor';
import type { Layout, Named } from './contract.ts';
import { linearLayout } from './linear.ts';

/** As PyTorch piles them up. */
const projections = ['q', 'k', 'v'] as const;

/**
 * torch.nn.MultiheadAttention: W_qᵀ, W_kᵀ and W_vᵀ lie above each other in `in_proj_weight`, their biases in `in_proj_bias`.
 * With `kdim` and `vdim`, our memorySize, the matrices are apart: `q_proj_weight`, `k_proj_weight`, `v_proj_weight`.
 */
export const attentionLayout: Layout<MultiHeadAttention> = {
  whole: true,
  theirs(attention) {
    refuseOwn(attention, ownOfAttention(attention));
    const { weight, bias } = piled(projections.map((part) => linearLayout.theirs(attention[part])));
    const matrices = isApart(attention)
      ? Object.fromEntries(weight.map((x, i) => [`${projections[i]}_proj_weight`, x]))
      : { in_proj_weight: concat(weight, { axis: 0 }) };
    return {
      ...matrices,
      ...(bias.length > 0 && { in_proj_bias: concat(bias, { axis: 0 }) }),
      ...below('out_proj', linearLayout.theirs(attention.out)),
    };
  },
  ours(attention, theirs) {
    const { in_proj_weight: whole, in_proj_bias: biases } = theirs;
    const weights = isApart(attention)
      ? projections.map((part) => theirs[`${part}_proj_weight`])
      : split(whole, 3, { axis: 0 });
    const bias = biases && split(biases, 3, { axis: 0 });
    const { 'out_proj.weight': weight, 'out_proj.bias': outBias } = theirs;
    const own = (part: 'q' | 'k' | 'v' | 'out', w: Tensor, b: Tensor | undefined) =>
      below(part, linearLayout.ours(attention[part], { weight: w, ...(b && { bias: b }) }));
    const three = projections.map((part, i) => own(part, weights[i], bias?.[i]));
    return Object.assign({}, ...three, own('out', weight, outBias));
  },
};

/** What changes the outcome of a layer's attention and has no place in PyTorch's class. */
export function ownOfAttention({ numHeads, numKvHeads, rotary }: MultiHeadAttention): string[] {
  return [
    ...(numKvHeads === numHeads ? [] : [`numKvHeads ${numKvHeads} beside numHeads ${numHeads}`]),
    ...(rotary ? ['rotary positions'] : []),
  ];
}

/** Refuses by name what torch.nn has no place for. */
export function refuseOwn({ name }: Module, own: readonly string[]): void {
  if (own.length === 0) return;
  throw new UnsupportedError(
    'PyTorch',
    `${name} has ${own.join(' and ')}, which torch.nn has not. Save with @unroll/safetensors, and write the module in Python`,
    { own },
  );
}

/** PyTorch keeps one matrix where keys and values are made from rows of the queries' size. */
function isApart({ size, k }: MultiHeadAttention): boolean {
  return k.inputSize !== size;
}

function piled(maps: readonly Named[]): { weight: Tensor[]; bias: Tensor[] } {
  return {
    weight: maps.map(({ weight }) => weight),
    bias: maps.flatMap(({ bias }) => bias ?? []),
  };
}

function below(path: string, tensors: Named): Named {
  return Object.fromEntries(Object.entries(tensors).map(([name, x]) => [`${path}.${name}`, x]));
}
