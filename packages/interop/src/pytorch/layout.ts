import {
  FeedForward,
  MultiHeadAttention,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from '@unroll/attention';
import { Recurrent } from '@unroll/cells';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  Embedding,
  LayerNorm,
  Linear,
  type Module,
  RMSNorm,
} from '@unroll/nn';
import { transpose } from '@unroll/tensor';
import { attentionLayout } from './attention.ts';
import type { Layout, Named } from './contract.ts';
import { linearLayout } from './linear.ts';
import { recurrentLayout } from './recurrent.ts';
import {
  decoderLayerLayout,
  encoderLayerLayout,
  feedForwardLayout,
  stackLayout,
} from './transformer.ts';

/** Same shape, other names. */
function renamed<M extends Module>(names: Readonly<Record<string, string>>): Layout<M> {
  const back = Object.fromEntries(Object.entries(names).map(([ours, theirs]) => [theirs, ours]));
  return {
    theirs: (module) => rename(own(module), names),
    ours: (_, theirs) => rename(theirs, back),
  };
}

/** `[outChannels, inChannels/groups, …kernel]` there, `[…kernel, inChannels/groups, outChannels]` here. */
const convolution: Layout<Conv1d | Conv2d> = {
  theirs: ({ W, b }) => {
    const kernel = W.shape.slice(2).map((_, axis) => axis);
    const weight = transpose(W.detach(), [W.rank - 1, W.rank - 2, ...kernel]);
    return { weight, ...(b && { bias: b.detach() }) };
  },
  ours: (_, { weight, bias }) => {
    const kernel = weight.shape.slice(2).map((_axis, i) => i + 2);
    return { W: transpose(weight, [...kernel, 1, 0]), ...(bias && { b: bias }) };
  },
};

/** PyTorch counts batches too, for a mean over all of them, which is not used by default. */
const batchNorm: Layout = {
  ...renamed({ g: 'weight', b: 'bias', runningMean: 'running_mean', runningVar: 'running_var' }),
  ignored: ['num_batches_tracked'],
};

/** A class that has no row here has the same names in both: its parameters and buffers are passed through. */
const asTheyAre = renamed({});

type Row = readonly [of: new (...options: never[]) => Module, layout: Layout<never>];

/** A class of modules that PyTorch has under other names or shapes is one more row. */
const layouts: readonly Row[] = [
  [Linear, linearLayout],
  [Embedding, renamed({ W: 'weight' })],
  [LayerNorm, renamed({ g: 'weight', b: 'bias' })],
  [RMSNorm, renamed({ g: 'weight' })],
  [BatchNorm1d, batchNorm],
  [BatchNorm2d, batchNorm],
  [Conv1d, convolution],
  [Conv2d, convolution],
  [Recurrent, recurrentLayout],
  [MultiHeadAttention, attentionLayout],
  [FeedForward, feedForwardLayout],
  [TransformerEncoderLayer, encoderLayerLayout],
  [TransformerDecoderLayer, decoderLayerLayout],
  [TransformerEncoder, stackLayout],
  [TransformerDecoder, stackLayout],
];

export function layoutOf(module: Module): Layout {
  const row = layouts.find(([of]) => module instanceof of);
  return (row?.[1] ?? asTheyAre) as Layout;
}

function own(module: Module): Named {
  const weights = Object.entries({ ...module.ownParameters(), ...module.ownBuffers() });
  return Object.fromEntries(weights.map(([name, x]) => [name, x.detach()]));
}

function rename(tensors: Named, names: Readonly<Record<string, string>>): Named {
  const name = (from: string) => (Object.hasOwn(names, from) ? names[from] : from);
  return Object.fromEntries(Object.entries(tensors).map(([from, x]) => [name(from), x]));
}
