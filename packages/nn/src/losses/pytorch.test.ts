import type { Tensor } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, test } from 'vitest';
import { bceWithLogits } from './binary.ts';
import { crossEntropy } from './cross-entropy.ts';
import { huberLoss, l1Loss, mseLoss } from './distance.ts';
import type { Loss, LossOptions } from './reduction.ts';

interface Case {
  loss: string;
  options: LossOptions;
  dtype: string;
  x: Tensor;
  target: Tensor;
  value: Tensor;
  /** The gradient is that of Σ value · weights. */
  weights: Tensor;
  gradient: Tensor;
}

const losses: Record<string, Loss<LossOptions>> = {
  crossEntropy,
  bceWithLogits,
  mseLoss,
  l1Loss,
  huberLoss,
};
const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'losses');

describe('losses match PyTorch in value and gradient', () => {
  test.each(
    cases.map((c, i) => ({ ...c, title: `${c.loss} ${Object.keys(c.options)} (case ${i})` })),
  )('$title', ({ loss, options, x, target, value, weights, gradient }) => {
    x.requiresGrad = true;
    const found = losses[loss](x, target, options);
    expectClose(found, value);
    found.backward({ gradient: weights });
    expectClose(x.grad as Tensor, gradient);
  });
});
