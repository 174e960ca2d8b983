import { concat, split, type Tensor, type Tensors, transpose } from '@unroll/tensor';

/** PyTorch's names of parts, in ours. */
const parts: Record<string, string> = {
  self_attn: 'selfAttention',
  multihead_attn: 'memoryAttention',
  out_proj: 'out',
  linear1: 'feedForward.in',
  linear2: 'feedForward.out',
  norm1: 'selfNorm',
  norm2: 'feedForwardNorm',
  norm3: 'feedForwardNorm',
};

/** PyTorch's names and layout, in ours. */
export function ours(layer: string, parameters: Tensors): Tensors {
  const renamed: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const path = name.split('.');
    const own = path.pop() as string;
    const prefix = path.map((part) =>
      part === 'norm2' && layer === 'TransformerDecoderLayer' ? 'memoryNorm' : parts[part],
    );
    const put = (end: string, x: Tensor) => {
      renamed[[...prefix, end].join('.')] = x;
    };
    const isNorm = path.at(-1)?.startsWith('norm');
    const [kind, projection] = /^([qkv])_proj_weight$/.exec(own) ?? [];
    if (kind) put(`${projection}.W`, transpose(value));
    else if (own.startsWith('in_proj')) {
      for (const [i, x] of split(value, 3, { axis: 0 }).entries()) {
        put(`${'qkv'[i]}.${own.endsWith('bias') ? 'b' : 'W'}`, x.rank === 1 ? x : transpose(x));
      }
    } else if (own === 'bias') put('b', value);
    else put(isNorm ? 'g' : 'W', isNorm ? value : transpose(value));
  }
  return renamed;
}

/** Biases of queries, keys and values as the one tensor that they are in PyTorch: those of keys alone have no gradient. */
export function joined<T extends Tensor | undefined>(
  all: Readonly<Record<string, T>>,
): Readonly<Record<string, T | Tensor>> {
  const entries = Object.entries(all).flatMap(([name, x]): [string, T | Tensor][] => {
    const [, prefix, part] = /^(.*)\b([qkv])\.b$/.exec(name) ?? [];
    if (part === undefined) return [[name, x]];
    const three = ['q', 'k', 'v'].map((each) => all[`${prefix}${each}.b`] as Tensor);
    return part === 'q' ? [[`${prefix}in.b`, concat(three, { axis: 0 })]] : [];
  });
  return Object.fromEntries(entries);
}
