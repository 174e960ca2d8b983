import {
  type CellName,
  Recurrent,
  type RecurrentLayerOptions,
  rnnTanh,
  withActivations,
} from '@unroll/cells';
import { drawJacobians, type SequenceJacobians, stepJacobians, trace } from '@unroll/inspect';
import { init } from '@unroll/nn';
import { manualSeed, randomStream, tensor } from '@unroll/tensor';
import { withoutLabels } from './pictures.ts';
import type { Program } from './program.ts';

export interface GradientsInput {
  /** All eigenvalues of the recurrent matrix have this magnitude. */
  readonly weight: number;
  /** Its activation. */
  readonly activation: 'tanh' | 'relu' | 'none';
  /** Whether an LSTM with forget gates of one size is drawn beside it, and which size. */
  readonly forget: number | undefined;
  readonly steps: number;
}

export interface GradientsOutput {
  readonly svg: string;
  /** ‖∂a_T/∂a_1‖₂ by the name of the net. */
  readonly reaching: Readonly<Record<string, number>>;
}

const sizes = { inputSize: 4, hiddenSize: 8 };

/** Draws how much of a change of the first state is left after each step, for a recurrent weight of the reader's. */
export const gradients: Program<GradientsInput, GradientsOutput> = async (input) => {
  const { weight, activation, forget, steps } = input;
  const nets: Record<string, Recurrent> = {};
  manualSeed(2);
  const U = init.orthogonal({ gain: weight });
  nets[`${activation === 'none' ? 'linear' : activation} RNN, |w| = ${weight}`] = simple(
    activation,
    { ...sizes, init: { U } },
  );
  if (forget !== undefined) nets[`LSTM, f near ${forget}`] = forgetting(forget);
  const x = randomStream('inputs').normal([1, steps, sizes.inputSize]);
  const found: Record<string, SequenceJacobians> = {};
  for (const [name, net] of Object.entries(nets)) {
    const [layer] = trace(net, x).layers;
    [found[name]] = (await stepJacobians(layer)).sequences;
  }
  const reaching = Object.entries(found).map(
    ([name, { productNorms }]) => [name, productNorms[productNorms.length - 1]] as const,
  );
  return { svg: withoutLabels(drawJacobians(found)), reaching: Object.fromEntries(reaching) };
};

function simple(
  activation: GradientsInput['activation'],
  options: RecurrentLayerOptions,
): Recurrent {
  const named: Record<'tanh' | 'relu', CellName> = { tanh: 'rnn', relu: 'rnn-relu' };
  const cell =
    activation === 'none' ? withActivations(rnnTanh, { activation: (x) => x }) : named[activation];
  return new Recurrent({ cell, ...options });
}

/** An LSTM whose forget gates stand near one value: σ(b) = f, and the rest of what they add up starts small. */
function forgetting(f: number): Recurrent {
  const b = (shape: readonly number[]) => {
    const n = shape[0] / 4;
    const gate = Math.log(f / (1 - f));
    return tensor(Array.from({ length: 4 * n }, (_, i) => (Math.floor(i / n) === 1 ? gate : 0)));
  };
  return new Recurrent({ cell: 'lstm', ...sizes, init: { b } });
}
