import {
  allGiven,
  type Digits,
  expectNear,
  type FixtureCase,
  type Floating,
  given,
  leaf,
} from '@unroll/tensor/testing/fixture-case';
import { bceWithLogits } from '../losses/binary.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { huberLoss, l1Loss, mseLoss } from '../losses/distance.ts';
import type { Loss, LossOptions } from '../losses/reduction.ts';
import { read } from './read.ts';

interface Case {
  readonly loss: string;
  readonly options: Record<string, unknown>;
  readonly dtype: Floating;
  readonly x: Digits;
  readonly target: Digits;
  readonly value: Digits;
  /** The gradient is that of Σ value · weights. */
  readonly weights: Digits;
  readonly gradient: Digits;
}

const losses: Record<string, Loss<LossOptions>> = {
  crossEntropy,
  bceWithLogits,
  mseLoss,
  l1Loss,
  huberLoss,
};

/** Every loss with every reduction and option against PyTorch. */
export async function lossCases(): Promise<FixtureCase[]> {
  const { cases } = await read<{ cases: Case[] }>('losses');
  return cases.map((each, i) => ({
    title: `${each.loss} ${Object.keys(each.options)} (case ${i})`,
    dtype: each.dtype,
    run: (dtype, tolerance) => check(each, dtype, tolerance),
  }));
}

async function check(expected: Case, dtype: Floating, tolerance: number): Promise<void> {
  const x = leaf(expected.x, dtype);
  const options = optionsIn(expected.options, dtype);
  const value = losses[expected.loss](x, given(expected.target, dtype), options);
  value.backward({ gradient: given(expected.weights, dtype) });
  const known = allGiven({ value: expected.value, gradient: expected.gradient }, 'float64');
  await expectNear({ value, gradient: x.grad }, known, tolerance);
}

/** Weights of classes are tensors too. */
function optionsIn(options: Case['options'], dtype: Floating): LossOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      typeof value === 'object' ? given(value as Digits, dtype) : value,
    ]),
  );
}
