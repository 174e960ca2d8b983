import type { DType } from '@unroll/backend';
import { tolerances } from '@unroll/backend/testing';
import {
  add,
  addAll,
  concat,
  mul,
  reshape,
  Sequence,
  slice,
  split,
  sum,
  type Tensor,
  transpose,
} from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { GRU, LSTM, RNN } from './layers.ts';
import type { RecurrentLayerOptions } from './options.ts';
import type { Recurrent, RecurrentResult } from './recurrent.ts';

type Tensors = Record<string, Tensor>;

interface Case {
  readonly name: string;
  readonly options: Required<
    Pick<RecurrentLayerOptions, 'inputSize' | 'hiddenSize' | 'numLayers' | 'bidirectional' | 'bias'>
  > & { dtype: 'float32' | 'float64' };
  readonly lengths: number[];
  readonly parameters: Tensors;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  readonly weights: Tensors;
  readonly gradients: Tensors;
}

const layers: Record<string, (options: RecurrentLayerOptions & { dtype: DType }) => Recurrent> = {
  'rnn-tanh': (options) => new RNN(options),
  'rnn-relu': (options) => new RNN({ ...options, nonlinearity: 'relu' }),
  lstm: (options) => new LSTM(options),
  'lstm-projection': (options) => new LSTM({ ...options, projSize: 2 }),
  gru: (options) => new GRU(options),
};

describe.each(Object.keys(layers))('%s', (kind) => {
  const { cases } = fixture<{ cases: Case[] }>(import.meta.url, kind);

  test.each(cases.map((each) => [each.name, each] as const))('equals PyTorch: %s', (_, each) => {
    const tolerance = tolerances.fixture[each.options.dtype];
    const layer = layers[kind](each.options);
    layer.loadStateDict(ours(kind, each, each.parameters));
    const x = leaf(each.inputs.x);
    const given = Object.fromEntries(
      stateNames(kind).map((name) => [name, leaf(each.inputs[`${name}0`])]),
    );
    const sequence = Sequence.fromBatch(x, each.lengths);
    const result = layer.forward(sequence, stateTree(given, each) as never);
    const output = result.output.toBatch();
    expectClose(output, each.outputs.output, tolerance);
    const finals = Object.fromEntries(
      stateNames(kind).map((name) => [name, stacked(result, name)]),
    );
    for (const name of stateNames(kind)) expectClose(finals[name], each.outputs[name], tolerance);

    const terms = stateNames(kind).map((name) =>
      sum(mul(finals[name], each.weights[`d${name.toUpperCase()}`])),
    );
    add(sum(mul(output, each.weights.dOutput)), addAll(terms)).backward();
    expectClose(x.grad as Tensor, each.gradients.x, tolerance);
    for (const name of stateNames(kind)) {
      expectClose(given[name].grad as Tensor, each.gradients[`${name}0`], tolerance);
    }
    const expected = ours(kind, each, each.gradients, true);
    const parameters = layer.namedParameters();
    expect([...parameters.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, parameter] of parameters) {
      expectClose(parameter.grad as Tensor, expected[name], tolerance);
    }
  });
});

function leaf(x: Tensor): Tensor {
  const copy = x.detach();
  copy.requiresGrad = true;
  return copy;
}

function stateNames(kind: string): string[] {
  return kind.startsWith('lstm') ? ['h', 'c'] : ['h'];
}

/** PyTorch stacks states as `[layers·directions, batch, hidden]`. */
function stateTree(states: Tensors, { options }: Case) {
  const directions = options.bidirectional ? 2 : 1;
  const at = (k: number) =>
    Object.fromEntries(
      Object.entries(states).map(([name, all]) => {
        const one = slice(all, { axis: 0, from: k, to: k + 1 });
        return [name, reshape(one, all.shape.slice(1))];
      }),
    );
  return Array.from({ length: options.numLayers }, (_, i) =>
    options.bidirectional ? { ...at(2 * i), backward: at(2 * i + 1) } : at(directions * i),
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

/**
 * PyTorch's weights under our names: transposed, and its two biases as one. A GRU's `bias_hh` is zero but for the
 * candidate, where it is our `bU`. Gradients of both biases are equal but for it, so the first one is ours.
 */
function ours(kind: string, { options }: Case, given: Tensors, gradients = false): Tensors {
  const out: Tensors = {};
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
