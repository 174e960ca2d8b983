import { OptionError } from '@unroll/backend';
import { cells, defineCell, GRU, Recurrent } from '@unroll/cells';
import { add, manualSeed, mul, randomStream, Sequence, sigmoid, sub, tensor } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { trace } from '../trace/trace.ts';
import { gateSaturation } from './gate-saturation.ts';
import { gatesOf } from './gates.ts';

beforeEach(() => manualSeed(2));

const sizes = { inputSize: 2, hiddenSize: 2, bias: true };

/** A gate that is the σ of the input, and a state that is the gate. */
const open = defineCell({
  name: 'open',
  states: ['h'],
  weights: () => ({ W: [2, 2] }),
  step: ({ x }) => ({ h: sigmoid(x) }),
});

/** What σ makes 0.05, 0.5 and 0.95. */
const [shut, half, wide] = [0.05, 0.5, 0.95].map((p) => Math.log(p / (1 - p)));

const ragged = () =>
  Sequence.fromArrays(
    [
      [[shut, wide]],
      [
        [half, wide],
        [half, half],
        [shut, shut],
      ],
    ],
    { dtype: 'float64' },
  );

describe('the saturation of a gate', () => {
  test('is counted over all values, over the sequences that live at a step, and of each unit', async () => {
    const model = new Recurrent({ cell: open, ...sizes, dtype: 'float64' });
    const [gate, ...others] = await gateSaturation(trace(model, ragged()));
    expect(others).toEqual([]);
    expect(gate).toEqual({
      layer: '0',
      gate: 'h',
      low: 0.1,
      high: 0.9,
      shut: 3 / 8,
      open: 2 / 8,
      steps: [
        { shut: 1 / 4, open: 2 / 4 },
        { shut: 0, open: 0 },
        { shut: 1, open: 0 },
      ],
      units: [
        { shut: 2 / 4, open: 0 },
        { shut: 1 / 4, open: 2 / 4 },
      ],
    });
  });

  test('has other bounds and other values where one asks for them', async () => {
    const model = new Recurrent({ cell: open, ...sizes, dtype: 'float64' });
    const options = { low: 0.04, high: 0.4, gates: ['h'] };
    const [gate] = await gateSaturation(trace(model, ragged()).layers[0], options);
    expect([gate.shut, gate.open]).toEqual([0, 5 / 8]);
  });

  test('is there for both directions of every layer', async () => {
    const gru = new GRU({ inputSize: 2, hiddenSize: 3, numLayers: 2, bidirectional: true });
    const x = randomStream('x').normal([2, 4, 2]);
    const found = await gateSaturation(trace(gru, x));
    expect(found.map(({ layer, gate }) => `${layer} ${gate}`)).toEqual(
      ['0', '0.backward', '1', '1.backward'].flatMap((layer) => [`${layer} r`, `${layer} z`]),
    );
  });

  test('refuses bounds out of order and a gate that no layer has', async () => {
    const traced = trace(new GRU({ inputSize: 2, hiddenSize: 3 }), tensor([[[1, 2]]]));
    await expect(gateSaturation(traced, { low: 0.9, high: 0.1 })).rejects.toThrow(OptionError);
    await expect(gateSaturation(traced, { gates: ['f'] })).rejects.toThrow(
      'gateSaturation: no layer has f; they have x, r, z, n, h',
    );
  });
});

describe('the gates of a cell', () => {
  test.each([
    ['rnn', []],
    ['lstm', ['i', 'f', 'o']],
    ['lstm-layer-norm', ['i', 'f', 'o']],
    ['gru', ['r', 'z']],
    ['minlstm', ['f', 'i']],
    ['sru', ['f', 'r']],
    ['relevance-lstm', ['Γ_u', 'Γ_f', 'Γ_r', 'Γ_o']],
  ] as const)('of %s are its results of σ and their complements', (name, gates) => {
    const program = cells[name].program(sizes);
    expect(gatesOf(program).sort()).toEqual([...gates].sort());
  });

  test('are not what is a gate minus one', () => {
    const cell = defineCell({
      name: 'minus one',
      states: ['h'],
      step: ({ x, h: hOld }) => {
        const f = sigmoid(x);
        const [below, complement] = [sub(f, 1), sub(1, f)];
        return { f, below, complement, h: add(mul(below, hOld), mul(complement, hOld)) };
      },
    });
    expect(gatesOf(cell.program(sizes))).toEqual(['f', 'complement']);
  });
});
