import { clipGradNorm, clipGradValue, type Optimizer } from '@unroll/optimizers';
import { add, cast, noGrad, sqrt, square, sum, Tensor, zeros } from '@unroll/tensor';
import type { Clip } from './options.ts';

export function parametersOf(optimizer: Optimizer): Tensor[] {
  return optimizer.groups.flatMap(({ params }) => params);
}

/** Clips the gradients where wanted; gives their global L2 norm before that. Nothing is read. */
export function clipGradients(params: readonly Tensor[], clip: Clip | undefined): Tensor {
  if (clip && 'norm' in clip) return clipGradNorm(params, limits(clip.norm, clip));
  const norm = globalNorm(params);
  if (clip) clipGradValue(params, limits(clip.value, clip));
  return norm;
}

function limits(max: number, { min = 0 }: Clip) {
  return { max, min };
}

function globalNorm(params: readonly Tensor[]): Tensor {
  return noGrad(() => {
    const squares = params.flatMap((p) => {
      const grad = Tensor.peekGrad(p);
      return grad ? [sum(square(grad))] : [];
    });
    if (squares.length === 0) return zeros([]);
    return sqrt(squares.reduce((total, x) => add(total, cast(x, total.dtype))));
  });
}
