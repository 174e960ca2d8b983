import { parameter, type Tensor } from '@unroll/tensor';
import {
  allGiven,
  type Digits,
  expectNear,
  type FixtureCase,
  type Floating,
  given,
} from '@unroll/tensor/testing/fixture-case';
import type { OptimizerOptions } from '../optimizer/groups.ts';
import type { Optimizer } from '../optimizer/optimizer.ts';
import { Adagrad } from '../optimizers/adagrad.ts';
import { Adam } from '../optimizers/adam.ts';
import { AdamW } from '../optimizers/adamw.ts';
import { NAdam } from '../optimizers/nadam.ts';
import { RMSprop } from '../optimizers/rmsprop.ts';
import { Rprop } from '../optimizers/rprop.ts';
import { SGD } from '../optimizers/sgd.ts';
import { SignSGD } from '../optimizers/sign-sgd.ts';
import { read } from './read.ts';

type Make = (params: Tensor[], options: OptimizerOptions) => Pick<Optimizer, 'step'>;

/** Every optimizer under the name that the fixture has for it. */
export const kinds: Readonly<Record<string, Make>> = {
  SGD: (params, options) => new SGD(params, options),
  SignSGD: (params, options) => new SignSGD(params, options),
  Rprop: (params, options) => new Rprop(params, options),
  Adagrad: (params, options) => new Adagrad(params, options),
  RMSprop: (params, options) => new RMSprop(params, options),
  Adam: (params, options) => new Adam(params, options),
  AdamW: (params, options) => new AdamW(params, options),
  NAdam: (params, options) => new NAdam(params, options),
};

/** Parameters at the start, their gradients at each step, and the values after each. */
export interface Steps {
  readonly start: Digits[];
  readonly gradients: Digits[][];
  readonly cases: {
    readonly optimizer: string;
    readonly options: OptimizerOptions;
    readonly values: Digits[][];
  }[];
}

export const readSteps = () => read<Steps>('steps');

/** Ten steps of every optimizer against PyTorch (SignSGD: NumPy). */
export async function stepCases(): Promise<FixtureCase[]> {
  const steps = await readSteps();
  return steps.cases.map((each) => ({
    title: `${each.optimizer} ${JSON.stringify(each.options)}`,
    dtype: 'float64',
    run: (dtype, tolerance) => check(steps, each, dtype, tolerance),
  }));
}

async function check(
  { start, gradients }: Steps,
  { optimizer: name, options, values }: Steps['cases'][number],
  dtype: Floating,
  tolerance: number,
): Promise<void> {
  const params = start.map((x) => parameter(given(x, dtype)));
  const optimizer = kinds[name](params, options);
  for (const [k, step] of gradients.entries()) {
    for (const [i, p] of params.entries()) p.grad = given(step[i], dtype);
    optimizer.step();
    const named = <T>(all: readonly T[]) =>
      Object.fromEntries(all.map((x, i) => [`parameter ${i} after step ${k + 1}`, x]));
    await expectNear(named(params), allGiven(named(values[k]), 'float64'), tolerance);
  }
}
