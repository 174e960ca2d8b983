import { OptionError } from '@unroll/backend';
import {
  add,
  gradcheck,
  matmul,
  mul,
  randomStream,
  Sequence,
  sigmoid,
  sub,
  type Tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { GRU } from './layers.ts';

const sizes = { inputSize: 2, hiddenSize: 3, dtype: 'float64' } as const;
const draw = (...shape: number[]) =>
  randomStream('connection.test').normal(shape, { dtype: 'float64' });

/** Two layers with the connection, and its layers alone, with the same weights. */
function apart(connection: 'residual' | 'highway') {
  const both = new GRU({ ...sizes, numLayers: 2, connection });
  const weights = both.stateDict();
  const [first, second] = [0, 1].map((i) => {
    const one = new GRU({ ...sizes, inputSize: i === 0 ? 2 : 3 });
    const names = Object.keys(one.stateDict());
    one.loadStateDict(
      Object.fromEntries(names.map((name) => [name, weights[`${i}${name.slice(1)}`]])),
    );
    return one;
  });
  return { both, weights, first, second };
}

describe('a connection around every layer but the first', () => {
  test('residual adds the input of the layer to its output', () => {
    const { both, first, second } = apart('residual');
    const x = draw(2, 4, 2);
    const below = first.forward(x).output;
    expectClose(both.forward(x).output, add(second.forward(below).output, below), 1e-12);
    expect(Object.keys(both.stateDict())).toHaveLength(8);
  });

  test('highway mixes both by a gate of the input, which at first carries most of it past', () => {
    const { both, weights, first, second } = apart('highway');
    const x = draw(2, 4, 2);
    const below = first.forward(x).output;
    const { '1.highway.W': W, '1.highway.b': b } = weights;
    expect([...b.dataSync()]).toEqual([-1, -1, -1]);
    const t = sigmoid(add(matmul(below, W), b));
    const expected = add(mul(t, second.forward(below).output), mul(sub(1, t), below));
    expectClose(both.forward(x).output, expected, 1e-12);
  });

  test('leaves the states as the cells have them', () => {
    const { both, first, second } = apart('residual');
    const x = draw(2, 4, 2);
    const alone = second.forward(first.forward(x).output).state[0].h as Tensor;
    expectClose(both.forward(x).state[1].h as Tensor, alone, 1e-12);
  });

  test('goes past dropout as well: with all of it dropped, the layer’s input is what is left to add', () => {
    const layer = new GRU({ ...sizes, numLayers: 2, connection: 'residual', dropout: 1 });
    const without = new GRU({ ...sizes, numLayers: 2, dropout: 1 });
    without.loadStateDict(layer.stateDict());
    const below = new GRU(sizes);
    const { '0.W': W, '0.U': U, '0.b': b, '0.bU': bU } = layer.stateDict();
    below.loadStateDict({ '0.W': W, '0.U': U, '0.b': b, '0.bU': bU });
    const x = draw(2, 4, 2);
    const expected = add(without.forward(x).output, below.forward(x).output);
    expectClose(layer.forward(x).output, expected, 1e-12);
  });

  test.each(['residual', 'highway'] as const)(
    '%s has the gradients that differences say',
    (connection) => {
      const layer = new GRU({ ...sizes, numLayers: 3, bidirectional: true, connection });
      gradcheck((x) => layer.forward(Sequence.fromBatch(x, [2, 3])).output.rows, [draw(2, 3, 2)]);
    },
  );

  test('of another name is refused', () => {
    const build = () => new GRU({ ...sizes, connection: 'skip' as never });
    expect(build).toThrow(OptionError);
    expect(build).toThrow("GRU: connection must be one of 'residual', 'highway'; got skip");
  });
});
