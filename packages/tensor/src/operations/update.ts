import { type Formula, ShapeError } from '@unroll/backend';
import { noGrad } from '../autograd/mode.ts';
import { home, on } from '../core/accept.ts';
import { assign, checkAssign } from '../core/assign.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Argument, tensorsOf } from './arithmetic.ts';
import { broadcastAll, pointwise } from './core.ts';

/** A formula whose results are written over `targets`; one pass where the backend has it and they all lie there. */
export function update(
  formula: Formula,
  targets: readonly Tensor[],
  writer: string,
  args: readonly Argument[],
): void {
  const { inputs, dtype } = tensorsOf(formula, 'floating', args);
  needTargets(formula, targets);
  const shape = broadcastAll(formula.name, inputs);
  for (const target of targets) checkAssign(target, shape, dtype);
  const backend = home(inputs);
  const fused = targets.every((x) => x.storage.backend === backend) && backend.fused.update;
  if (fused) {
    fused(
      formula,
      inputs.map((x) => on(backend, x)),
      targets.map((x) => x.operand),
    );
    for (const { storage } of targets) storage.written(writer);
    return;
  }
  const results = noGrad(() => pointwise(formula, inputs, dtype));
  for (const [i, target] of targets.entries()) assign(target, results[i], writer);
}

function needTargets({ name, outputs }: Formula, targets: readonly Tensor[]): void {
  if (targets.length === outputs.length) return;
  throw new ShapeError(
    name,
    `needs a target for each result; got ${targets.length} for ${outputs.length}`,
    { targets: targets.length, results: outputs.length },
  );
}
