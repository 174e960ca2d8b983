import type { FixtureCase } from '@unroll/tensor/testing/fixture-case';
import { cells } from '../cells/names.ts';
import { equationCases } from './equation-cases.ts';
import { kinds, pytorchCases } from './pytorch-cases.ts';

/** PyTorch's layers, and every cell against its equations, as far as it has a fixture of them. */
export async function fixtureCases(): Promise<FixtureCase[]> {
  const layers = await Promise.all(kinds.map(pytorchCases));
  const equations = await Promise.allSettled(Object.keys(cells).map(equationCases));
  return [...layers, ...equations.map((each) => ('value' in each ? each.value : []))].flat();
}
