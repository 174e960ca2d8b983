import {
  add,
  manualSeed,
  matmul,
  mul,
  randomStream,
  Sequence,
  type Symbolic,
  sigmoid,
  sum,
  tanh,
} from '@unroll/tensor';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gru } from '../cells/gru.ts';
import { lstm } from '../cells/lstm.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { type Cell, defineCell } from './define-cell.ts';

// A cell of one's own is no second-class cell: what it compiles to is, byte for byte, what the built-in one compiles to.

/** Every gate in the same words, without the package's helper for affine maps. */
const gate = (x: Symbolic, W: Symbolic, h: Symbolic, U: Symbolic, b: Symbolic | undefined) => {
  const products = add(matmul(x, W), matmul(h, U));
  return b === undefined ? products : add(products, b);
};

/** The equations in the order of the paper, with names of one's own for what is not a weight. */
const spelled = defineCell({
  name: 'my own',
  states: ['h', 'c'],
  gates: ['i', 'f', 'g', 'o'],
  biases: { f: 1 },
  step({ x, h, c }, { W, U, b }) {
    const input = sigmoid(gate(x, W.i, h, U.i, b.i));
    const forget = sigmoid(gate(x, W.f, h, U.f, b.f));
    const candidate = tanh(gate(x, W.g, h, U.g, b.g));
    const output = sigmoid(gate(x, W.o, h, U.o, b.o));
    const memory = add(mul(forget, c), mul(input, candidate));
    return { c: memory, h: mul(output, tanh(memory)) };
  },
});

const { Module } = WebAssembly;
let compiled: Uint8Array[] = [];

beforeEach(() => {
  // The kernels are compiled with the first tensors, and are not what is compared.
  train(gru);
  compiled = [];
  WebAssembly.Module = class extends Module {
    constructor(code: BufferSource) {
      super(code);
      compiled.push(code as Uint8Array);
    }
  };
});

afterEach(() => {
  WebAssembly.Module = Module;
});

/** Forward and backward over a ragged batch: outputs and gradients, and the binaries that it needed. */
function train(cell: Cell): { bits: Record<string, unknown>; code: Uint8Array[] } {
  manualSeed(11);
  compiled = [];
  const layer = new Recurrent({ cell, inputSize: 5, hiddenSize: 21 });
  const x = randomStream('same code').normal([4, 6, 5]);
  const { output } = layer.forward(Sequence.fromBatch(x, [6, 5, 5, 2]));
  sum(mul(output.rows, output.rows)).backward();
  const gradients = Object.entries(layer.stateDict()).map(([name]) => name);
  const bits = {
    output: output.rows.dataSync(),
    names: gradients,
    gradients: layer.parameters().map(({ grad }) => grad?.dataSync()),
  };
  return { bits, code: compiled };
}

test('an LSTM spelled with defineCell compiles to the bytes of the built-in one, and gives its bits', () => {
  const own = train(spelled);
  const builtIn = train(lstm);
  expect(builtIn.code).toHaveLength(2);
  expect(own.code).toEqual(builtIn.code);
  expect(own.bits).toEqual(builtIn.bits);
});

test('another cell compiles to other bytes', () => {
  const candidate = train(
    defineCell({
      name: 'another',
      states: ['h', 'c'],
      gates: ['i', 'f', 'g', 'o'],
      step({ x, h, c }, { W, U, b }) {
        const [i, f, g, o] = (['i', 'f', 'g', 'o'] as const).map((k) =>
          sigmoid(gate(x, W[k], h, U[k], b[k])),
        );
        const memory = add(mul(f, c), mul(i, g));
        return { c: memory, h: mul(o, tanh(memory)) };
      },
    }),
  );
  expect(candidate.code).not.toEqual(train(lstm).code);
});
