import type { Tensor, Tensors } from '@unroll/tensor';
import {
  allGiven,
  type Digits,
  expectNear,
  type Floating,
  given,
  leaf,
} from '@unroll/tensor/testing/fixture-case';
import type { Module } from '../module/module.ts';

/** What PyTorch says of a layer, in its names and layout. */
export interface ModuleCase {
  readonly dtype: Floating;
  readonly parameters: Readonly<Record<string, Digits>>;
  /** Running statistics before and after. */
  readonly statistics?: Readonly<Record<string, Digits>>;
  readonly statisticsAfter?: Readonly<Record<string, Digits>>;
  readonly x: Digits;
  readonly output: Digits;
  /** The gradients are those of Σ output · dOutput. */
  readonly dOutput: Digits;
  readonly gradients: Readonly<Record<string, Digits>>;
}

/**
 * Holds a layer against it: output, gradients and statistics.
 *
 * @param ours - PyTorch's names and layout, in ours
 */
export async function checkModule(
  module: Module & { forward(x: Tensor): Tensor },
  expected: ModuleCase,
  ours: (values: Tensors) => Tensors,
  { dtype, tolerance }: { dtype: Floating; tolerance: number },
): Promise<void> {
  const { parameters, statistics = {}, statisticsAfter = {} } = expected;
  module.loadStateDict(ours(allGiven({ ...parameters, ...statistics }, dtype)));
  const x = leaf(expected.x, dtype);
  const y = module.forward(x);
  y.backward({ gradient: given(expected.dOutput, dtype) });
  const { x: dx, ...others } = allGiven(expected.gradients, 'float64');
  const gradients = ours(others);
  const found = Object.keys(gradients).map(
    (name) => [name, module.namedParameters().get(name)?.grad] as const,
  );
  await expectNear({ output: y }, { output: given(expected.output, 'float64') }, tolerance);
  if (dx) await expectNear({ x: x.grad }, { x: dx }, tolerance);
  await expectNear(Object.fromEntries(found), gradients, tolerance);
  const after = ours(allGiven(statisticsAfter, 'float64'));
  await expectNear(Object.fromEntries(module.namedBuffers()), after, tolerance);
}
