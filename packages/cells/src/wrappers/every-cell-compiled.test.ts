import { reference } from '@unroll/backend';
import { roundingTolerance } from '@unroll/backend/testing';
import { grad, manualSeed, mul, randomStream, Sequence, sum, useBackend } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { cells } from '../cells/names.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { variationalDropout } from './variational-dropout.ts';
import { zoneout } from './zoneout.ts';

// Masks go into every cell that the package exports: in training, compiled equals interpreted.

const sizes = { inputSize: 5, hiddenSize: 6 };
const lengths = [4, 2, 3];

test.each(Object.entries(cells))('%s trains with zoneout and masks on its input', (name, cell) => {
  const masked = zoneout(variationalDropout(cell, { input: 0.3 }), 0.4);
  const run = () => {
    manualSeed(5);
    const layer = new Recurrent({ cell: masked, ...sizes, numLayers: 2, name });
    const x = randomStream('every-cell.test').normal([3, 4, 5]);
    const { rows } = layer.forward(Sequence.fromBatch(x, lengths)).output;
    return [rows, ...grad(sum(mul(rows, rows)), layer.parameters())];
  };
  const compiled = run();
  const before = useBackend(reference());
  try {
    const interpreted = run();
    for (const [i, y] of compiled.entries()) {
      expect(y.dataSync().every(Number.isFinite)).toBe(true);
      expectClose(y, interpreted[i], roundingTolerance(24, 2 * 4));
    }
  } finally {
    useBackend(before);
  }
});
