import type {
  FeedForward,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from '@unroll/attention';
import { type Module, RMSNorm } from '@unroll/nn';
import { ownOfAttention, refuseOwn } from './attention.ts';
import type { Layout } from './contract.ts';

/** A module whose weights are all in the modules inside, which PyTorch calls otherwise. */
function holder<M extends Module>(
  inside: (name: string) => string,
  check: (module: M) => void = () => undefined,
): Layout<M> {
  return {
    theirs(module) {
      check(module);
      return {};
    },
    ours: () => ({}),
    inside,
  };
}

function named(names: Readonly<Record<string, string>>): (name: string) => string {
  return (name) => names[name] ?? name;
}

/** Its two maps stand in PyTorch's layer itself. */
export const feedForwardLayout = holder<FeedForward>(named({ in: 'linear1', out: 'linear2' }));

export const encoderLayerLayout = holder<TransformerEncoderLayer>(
  named({
    selfAttention: 'self_attn',
    selfNorm: 'norm1',
    feedForward: '',
    feedForwardNorm: 'norm2',
  }),
  refuseOwnOfLayer,
);

export const decoderLayerLayout = holder<TransformerDecoderLayer>(
  named({
    selfAttention: 'self_attn',
    selfNorm: 'norm1',
    memoryAttention: 'multihead_attn',
    memoryNorm: 'norm2',
    feedForward: '',
    feedForwardNorm: 'norm3',
  }),
  refuseOwnOfLayer,
);

/** torch.nn.TransformerEncoder and TransformerDecoder: layers stand in a list, beside the last `norm`. */
export const stackLayout = holder<TransformerEncoder | TransformerDecoder>((name) =>
  /^\d+$/.test(name) ? `layers.${name}` : name,
);

/** Everything that PyTorch's layers lack, in one error. */
function refuseOwnOfLayer(layer: TransformerEncoderLayer | TransformerDecoderLayer): void {
  refuseOwn(layer, [
    ...ownOfAttention(layer.selfAttention),
    ...(layer.selfNorm instanceof RMSNorm ? ["norm 'rms'"] : []),
    ...(layer.feedForward.activation === 'swiglu' ? ["activation 'swiglu'"] : []),
  ]);
}
