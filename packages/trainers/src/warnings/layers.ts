import type { Module } from '@unroll/nn';
import { Tensor } from '@unroll/tensor';
import { layerGradients } from '../layer-gradients.ts';

/** The gradient of a module's own weights. */
export interface Layer {
  readonly name: string;
  /** √(Σ g²). */
  readonly norm: number;
  /** √(mean g²), which compares layers of different sizes. */
  readonly perWeight: number;
}

/** The layers that the last backward pass has reached, and the names of those with weights to learn that it has not. */
export async function lookAtLayers(
  model: Module,
): Promise<{ layers: Layer[]; unreached: string[] }> {
  const own = new Map(
    [...model.namedModules()].map(([path, module]) => [
      path || model.constructor.name,
      Object.values(module.ownParameters()).filter((p) => p.requiresGrad),
    ]),
  );
  const found = await layerGradients(model);
  const layers = found.map(({ name, norm }) => {
    const weights = (own.get(name) ?? []).reduce((n, { size }) => n + size, 0);
    return { name, norm, perWeight: norm / Math.sqrt(weights) };
  });
  const still = new Set(layers.filter(({ norm }) => norm === 0).map(({ name }) => name));
  const unreached = [...own].flatMap(([name, parameters]) => {
    const none = parameters.length > 0 && parameters.every((p) => !Tensor.peekGrad(p));
    return none || still.has(name) ? [name] : [];
  });
  return { layers: layers.filter(({ norm }) => norm > 0), unreached };
}
