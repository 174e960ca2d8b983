import {
  add,
  grad,
  manualSeed,
  mul,
  randomStream,
  Sequence,
  sum,
  type Tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { cells } from '../cells/names.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { variationalDropout } from './variational-dropout.ts';
import { weightDrop } from './weight-drop.ts';
import { zoneout } from './zoneout.ts';

// Every cell that the package exports can be wrapped, so a new one is tried here without being named.

test.each(Object.entries(cells))(
  '%s trains with all masks at once, and its derivative program equals autograd',
  (name, cell) => {
    const sizes = { inputSize: 4, hiddenSize: 4 };
    const shapes = cell.shapes({ ...sizes, bias: true });
    const matrices = Object.keys(shapes).filter((weight) => shapes[weight].length === 2);
    const state = 'U' in shapes ? 0.3 : 0;
    const masked = variationalDropout(zoneout(cell, 0.3), { input: 0.3, state });
    const layer = new Recurrent({
      cell: weightDrop(masked, 0.3, matrices),
      ...sizes,
      dtype: 'float64',
      name,
    });
    const masks = layer.cell.training?.({ ...sizes, bias: true }).masks ?? [];
    expect(masks.map((mask) => mask.name)).toEqual([
      ...cell.states.map((s) => `zoneout.${s}`),
      'dropout.x',
      ...masks.flatMap((mask) => (/^dropout\.(?!x$)/.test(mask.name) ? [mask.name] : [])),
      ...matrices.map((weight) => `drop.${weight}`),
    ]);
    expect(masks.some((mask) => /^dropout\.(?!x$)/.test(mask.name))).toBe(state > 0);

    const x = randomStream('every-cell.test').normal([3, 5, 4], { dtype: 'float64' });
    const leaves = layer.parameters();
    const loss = (): Tensor => {
      manualSeed(2);
      const { output, state: final } = layer.forward(Sequence.fromBatch(x, [2, 5, 3]));
      const last = final[0][cell.states[0]] as Tensor;
      return add(sum(mul(output.rows, output.rows)), sum(last));
    };
    const derived = grad(loss(), leaves);
    const replayed = grad(loss(), leaves, { createGraph: true });
    for (const [i, gradient] of derived.entries()) expectClose(gradient, replayed[i], 1e-12);
  },
);
