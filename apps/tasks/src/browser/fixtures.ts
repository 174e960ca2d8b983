import { fixtureCases as attention } from '@unroll/attention/testing/fixtures';
import { fixtureCases as recurrent } from '@unroll/cells/testing/fixtures';
import { fixtureCases as layers } from '@unroll/nn/testing/fixtures';
import { fixtureCases as optimizers } from '@unroll/optimizers/testing/fixtures';
import type { FixtureCase } from '@unroll/tensor/testing/fixture-case';

/**
 * The fixtures of all packages that a GPU is held against. Those in float32 are the ones in float64, rounded; a GPU computes
 * float32 in any case.
 */
export async function fixtures(): Promise<FixtureCase[]> {
  const all = await Promise.all([layers(), optimizers(), recurrent(), attention()]);
  return all.flat().filter(({ dtype }) => dtype === 'float64');
}
