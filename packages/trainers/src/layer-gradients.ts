import { AutogradError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import { concat, type Parameter, reshape, sumOfSquares, type Tensor } from '@unroll/tensor';

/** How long the gradient of one module was. */
export interface LayerGradient {
  /** Its path in the model, such as `recurrent.0`; the model's class for its own parameters. */
  readonly name: string;
  /** √(Σ g²) over all of its own parameters. */
  readonly norm: number;
}

/**
 * The norm of the gradient in each module of a model, in the order in which it was built, after a backward pass. Norms that fall
 * from the last layer to the first are vanishing gradients: deep nets have them as recurrent ones do (Glorot & Bengio 2010).
 * Tied parameters count where they stand first; what has no gradient is left out.
 *
 * @throws AutogradError when no parameter has a gradient
 * @example
 * const net = new MLP({ inputSize: 4, hiddenSizes: [8, 8], outputSize: 1, activation: tanh });
 * sum(net.forward(ones([3, 4]))).backward();
 * const layers = await layerGradients(net); // layers.0, layers.1 and layers.2, each with its norm
 */
export async function layerGradients(model: Module): Promise<LayerGradient[]> {
  const seen = new Set<Parameter>();
  const found: [name: string, gradients: Tensor[]][] = [];
  for (const [path, module] of model.namedModules()) {
    const own = Object.values(module.ownParameters()).filter((p) => !seen.has(p));
    for (const p of own) seen.add(p);
    const gradients = own.flatMap(({ grad }) => grad ?? []);
    if (gradients.length > 0) found.push([path || model.constructor.name, gradients]);
  }
  if (found.length === 0) {
    throw new AutogradError(
      'layerGradients',
      `no parameter of this ${model.constructor.name} has a gradient. Call backward() first, and zeroGrad() afterwards.`,
    );
  }
  // Read at once, for the sake of devices.
  const sums = found.map(([, gradients]) => reshape(sumOfSquares(gradients), [1]));
  const squares = await concat(sums).data();
  return found.map(([name], i) => ({ name, norm: Math.sqrt(squares[i]) }));
}
