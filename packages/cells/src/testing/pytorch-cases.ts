import { concat, reshape, Sequence, slice, type Tensor, type Tensors } from '@unroll/tensor';
import {
  allGiven,
  expectNear,
  type FixtureCase,
  type Floating,
  leaf,
} from '@unroll/tensor/testing/fixture-case';
import { GRU, LSTM, RNN } from '../layers/layers.ts';
import type { RecurrentLayerOptions } from '../layers/options.ts';
import type { Recurrent, RecurrentResult } from '../layers/recurrent.ts';
import { type CellCase, lossOf } from './cell-case.ts';
import { ours } from './pytorch-names.ts';
import { read } from './read.ts';

interface Case extends CellCase {
  readonly options: Required<
    Pick<RecurrentLayerOptions, 'inputSize' | 'hiddenSize' | 'numLayers' | 'bidirectional' | 'bias'>
  > & { dtype: Floating };
}

const layers: Record<string, (options: RecurrentLayerOptions & { dtype: Floating }) => Recurrent> =
  {
    'rnn-tanh': (options) => new RNN(options),
    'rnn-relu': (options) => new RNN({ ...options, nonlinearity: 'relu' }),
    lstm: (options) => new LSTM(options),
    'lstm-projection': (options) => new LSTM({ ...options, projSize: 2 }),
    gru: (options) => new GRU(options),
  };

/** The layers that PyTorch has, by the names of their fixtures. */
export const kinds: readonly string[] = Object.keys(layers);

/** One kind of layer against PyTorch: outputs, final states and all gradients. */
export async function pytorchCases(kind: string): Promise<FixtureCase[]> {
  const { cases } = await read<{ cases: Case[] }>(kind);
  return cases.map((each) => ({
    title: `${kind} of PyTorch: ${each.name}`,
    dtype: each.options.dtype,
    run: (dtype, tolerance) => check(kind, each, dtype, tolerance),
  }));
}

async function check(kind: string, each: Case, dtype: Floating, tolerance: number): Promise<void> {
  const layer = layers[kind]({ ...each.options, dtype });
  layer.loadStateDict(ours(kind, each.options, allGiven(each.parameters, dtype)));
  const names = kind.startsWith('lstm') ? ['h', 'c'] : ['h'];
  const x = leaf(each.inputs.x, dtype);
  const states = byName(names, (name) => leaf(each.inputs[`${name}0`], dtype));
  const result = layer.forward(
    Sequence.fromBatch(x, each.lengths),
    stateTree(states, each) as never,
  );
  const found: Tensors = {
    output: result.output.toBatch(),
    ...byName(names, (name) => stacked(result, name)),
  };
  lossOf(found, allGiven(each.weights, dtype)).backward();

  await expectNear(found, allGiven(each.outputs, 'float64'), tolerance);
  const { x: dx, h0, c0, ...others } = allGiven(each.gradients, 'float64');
  const given = Object.entries({ x, ...states }).map(([name, leaf]) => [name, leaf.grad]);
  await expectNear(Object.fromEntries(given), { x: dx, h: h0, ...(c0 && { c: c0 }) }, tolerance);
  const made = [...layer.namedParameters()].map(([name, parameter]) => [name, parameter.grad]);
  const expected = ours(kind, each.options, others, true);
  await expectNear(Object.fromEntries(made), expected, tolerance);
}

function byName(names: readonly string[], make: (name: string) => Tensor): Tensors {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** PyTorch stacks states as `[layers·directions, batch, hidden]`. */
function stateTree(states: Tensors, { options }: Case) {
  const at = (k: number) =>
    Object.fromEntries(
      Object.entries(states).map(([name, all]) => {
        const one = slice(all, { axis: 0, from: k, to: k + 1 });
        return [name, reshape(one, all.shape.slice(1))];
      }),
    );
  return Array.from({ length: options.numLayers }, (_, i) =>
    options.bidirectional ? { ...at(2 * i), backward: at(2 * i + 1) } : at(i),
  );
}

function stacked(result: RecurrentResult<Sequence>, name: string): Tensor {
  const parts = result.state.flatMap((layer) => [layer[name], layer.backward?.[name]]);
  const tensors = parts.filter((x) => x !== undefined) as Tensor[];
  return concat(
    tensors.map((x) => reshape(x, [1, ...x.shape])),
    { axis: 0 },
  );
}
