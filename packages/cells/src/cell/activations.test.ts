import { OptionError, type Program } from '@unroll/backend';
import {
  add,
  gradcheck,
  gradgradcheck,
  hardSigmoid,
  mul,
  randomStream,
  relu,
  type Symbolic,
  scan,
  sigmoid,
  type Tensor,
  tanh,
} from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { rnnRelu, rnnTanh } from '../cells/elman.ts';
import { lstm } from '../cells/lstm.ts';
import { mgu } from '../cells/mgu.ts';
import { LSTM } from '../layers/layers.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { zoneout } from '../wrappers/zoneout.ts';
import { withActivations } from './activations.ts';
import { affine } from './affine.ts';
import { defineCell } from './define-cell.ts';
import { describe as describeCell } from './describe.ts';

const sizes = { inputSize: 3, hiddenSize: 4, bias: true };
const cheap = withActivations(lstm, { activation: relu, recurrentActivation: hardSigmoid });

/** A program without its name. */
const equations = ({ name, ...program }: Program) => JSON.stringify(program);

describe('other activations', () => {
  test('give the program that the equations with them give', () => {
    const written = defineCell({
      name: 'LSTM',
      states: ['h', 'c'],
      gates: ['i', 'f', 'g', 'o'],
      step({ x, h, c: cOld }, { W, U, b }) {
        const i = hardSigmoid(affine([x, W.i], [h, U.i], b.i));
        const f = hardSigmoid(affine([x, W.f], [h, U.f], b.f));
        const g = relu(affine([x, W.g], [h, U.g], b.g));
        const o = hardSigmoid(affine([x, W.o], [h, U.o], b.o));
        const c = add(mul(f, cOld), mul(i, g));
        return { i, f, g, o, c, h: mul(o, relu(c)) };
      },
    });
    expect(equations(cheap.program(sizes))).toBe(equations(written.program(sizes)));
    const recurrent = withActivations(rnnTanh, { activation: relu });
    expect(equations(recurrent.program(sizes))).toBe(equations(rnnRelu.program(sizes)));
  });

  test('have their names in the name of the cell', () => {
    expect(cheap.name).toBe('LSTM, relu for tanh, hardSigmoid for sigmoid');
  });

  test('leave weights, states and biases as they were', () => {
    const layer = new Recurrent({ cell: cheap, inputSize: 3, hiddenSize: 4 });
    const plain = new LSTM({ inputSize: 3, hiddenSize: 4 });
    expect(Object.keys(layer.stateDict())).toEqual(Object.keys(plain.stateDict()));
    expect([...layer.stateDict()['0.b'].dataSync()]).toEqual([
      ...plain.stateDict()['0.b'].dataSync(),
    ]);
  });

  test('stand inside of wrappers and around them', () => {
    const choice = { recurrentActivation: hardSigmoid };
    const [inside, around] = [
      zoneout(withActivations(lstm, choice), 0.5),
      withActivations(zoneout(lstm, 0.5), choice),
    ].map((cell) => cell.training?.(sizes));
    expect(around?.masks).toEqual(inside?.masks);
    expect(equations(around?.program as Program)).toBe(equations(inside?.program as Program));
  });

  test('are traced once for the same sizes', () => {
    expect(cheap.program(sizes)).toBe(cheap.program({ ...sizes }));
  });

  test('of one’s own are one value of the program, with the right first and second derivatives', () => {
    const scaledTanh = (x: Symbolic) => mul(1.7159, tanh(mul(x, 2 / 3)));
    const cell = withActivations(mgu, { activation: scaledTanh });
    const program = cell.program(sizes);
    expect(program.values.length).toBe(mgu.program(sizes).values.length);
    const draws = randomStream('activations.test');
    const draw = (...shape: number[]) => draws.normal(shape, { dtype: 'float64', std: 0.7 });
    const run = (x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) => {
      const call = { program, schedule: { batchSizes: [2, 1], reverse: false } };
      const result = scan({ ...call, steps: { x }, states: { h }, parameters: { W, U, b } });
      return [result.outputs.h, result.finalStates.h];
    };
    const operands = [draw(3, 3), draw(2, 4), draw(3, 8), draw(4, 8), draw(8)] as const;
    gradcheck(run, [...operands]);
    gradgradcheck(run, [...operands]);
  });

  test('save the exponentials of σ and tanh: five for each unit of an LSTM', () => {
    const exponentials = (cell: typeof lstm) => describeCell(cell, sizes).exponentials;
    const hard = withActivations(lstm, { recurrentActivation: hardSigmoid });
    expect([lstm, hard, cheap].map(exponentials)).toEqual([5 * 4, 2 * 4, 0]);
  });
});

describe('bad input', () => {
  test('of nothing, or of an option that there is not, is refused', () => {
    expect(() => withActivations(lstm, {})).toThrow(OptionError);
    expect(() => withActivations(lstm, { activation: tanh, ...{ gate: sigmoid } })).toThrow(
      /got gate/,
    );
  });

  test('of a function that the equations have not is named when the cell is used', () => {
    const cell = withActivations(rnnTanh, { recurrentActivation: hardSigmoid });
    expect(() => cell.program(sizes)).toThrow('RNN has no sigmoid to replace');
  });
});
