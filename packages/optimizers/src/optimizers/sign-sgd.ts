import { fuse, mul, sign, sub, type Tensor } from '@unroll/tensor';
import type { OptimizerOptions, ParameterInput } from '../optimizer/groups.ts';
import { Optimizer } from '../optimizer/optimizer.ts';

const step = /* @__PURE__ */ fuse((p, g, lr) => sub(p, mul(lr, sign(g))), { name: 'SignSGD' });

/**
 * Descent along the gradient's sign alone (Riedmiller & Braun 1993; Bernstein et al. 2018):
 *
 *     θ ← θ − η·sign(g)
 *
 * However large or small the gradient, every weight moves by η, so nothing explodes: the first half of RMSprop, whose other
 * half is a step size for each weight ({@link Rprop}).
 *
 * @param options.lr η; default 1e-3
 * @throws OptionError for a learning rate that is not above 0
 * @example
 * const optimizer = new SignSGD([parameter(zeros([3, 2]))], { lr: 1e-3 });
 */
export class SignSGD extends Optimizer<OptimizerOptions, Record<never, never>> {
  constructor(params: ParameterInput<OptimizerOptions>, options: Partial<OptimizerOptions> = {}) {
    super('SignSGD', params, options, { lr: 1e-3 });
  }

  protected override problems(): [] {
    return [];
  }

  protected override slots(): [] {
    return [];
  }

  protected override update(p: Tensor, g: Tensor, { lr }: OptimizerOptions): { p: Tensor } {
    return { p: step(p, g, lr) };
  }
}
