import { Recurrent } from '@unroll/cells';
import { Embedding, LayerNorm, Linear, type Module, RMSNorm } from '@unroll/nn';
import { transpose } from '@unroll/tensor';
import type { Layout, Named } from './contract.ts';
import { recurrentLayout } from './recurrent.ts';

/** Same shape, other names. */
function renamed<M extends Module>(names: Readonly<Record<string, string>>): Layout<M> {
  const back = Object.fromEntries(Object.entries(names).map(([ours, theirs]) => [theirs, ours]));
  return {
    theirs: (module) => rename(own(module), names),
    ours: (_, theirs) => rename(theirs, back),
  };
}

/** torch.nn.Linear computes `x·weightᵀ + bias`. */
const linear: Layout<Linear> = {
  theirs: ({ W, b }) => ({ weight: transpose(W.detach()), ...(b && { bias: b.detach() }) }),
  ours: (_, { weight, bias }) => ({ W: transpose(weight), ...(bias && { b: bias }) }),
};

/** A class that has no row here has the same names in both: its parameters and buffers are passed through. */
const asTheyAre = renamed({});

type Row = readonly [of: new (...options: never[]) => Module, layout: Layout<never>];

/** A class of modules that PyTorch has under other names or shapes is one more row. */
const layouts: readonly Row[] = [
  [Linear, linear],
  [Embedding, renamed({ W: 'weight' })],
  [LayerNorm, renamed({ g: 'weight', b: 'bias' })],
  [RMSNorm, renamed({ g: 'weight' })],
  [Recurrent, recurrentLayout],
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
