import { watchGradients } from '@unroll/inspect';
import { mul, Sequence } from '@unroll/tensor';
import type { Examples } from './examples.ts';
import type { LongRange } from './model.ts';
import type { Problem } from './problem.ts';

/**
 * How far the error reaches back: the norm of ∂L/∂x_t at every step t, L being the error of one sequence, as the root of
 * the mean square over a batch.
 */
export async function gradientNorms(
  model: LongRange,
  { loss }: Problem,
  { input, target }: Examples,
): Promise<readonly number[]> {
  const x = Sequence.fromBatch(model.rows(input));
  x.rows.requiresGrad = true;
  const watch = watchGradients({ x });
  const output = model.head.forward(model.recurrent.forward(x).output).toBatch();
  mul(loss(output, target), input.shape[0]).backward();
  const [{ norms }] = await watch.read();
  for (const parameter of model.parameters()) parameter.grad = undefined;
  return norms;
}
