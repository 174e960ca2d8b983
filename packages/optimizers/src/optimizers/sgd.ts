import { add, fuse, mul, sub, type Tensor, zerosLike } from '@unroll/tensor';
import type { OptimizerOptions, ParameterInput } from '../optimizer/groups.ts';
import { Optimizer } from '../optimizer/optimizer.ts';
import { must, notNegative, type Problem } from '../optimizer/problems.ts';
import { decayed } from './terms.ts';

export interface SGDOptions extends OptimizerOptions {
  /** μ, the share of the last direction that is kept; default 0. */
  momentum: number;
  /** τ, the share of the gradient that does not enter the direction; default 0. */
  dampening: number;
  /** Whether to look ahead along the direction; default false. */
  nesterov: boolean;
  /** λ of the L2 term ½λ‖θ‖²; default 0. */
  weightDecay: number;
}

type SGDSlots = { buffer?: Tensor };

const descent = /* @__PURE__ */ fuse((p, g, lr, lambda) => sub(p, mul(lr, decayed(g, p, lambda))), {
  name: 'SGD',
});

const momentumDescent = /* @__PURE__ */ fuse(
  (p, g, b, lr, mu, rest, lambda) => {
    const direction = add(mul(mu, b), mul(rest, decayed(g, p, lambda)));
    return [sub(p, mul(lr, direction)), direction];
  },
  { name: 'SGD' },
);

const nesterovDescent = /* @__PURE__ */ fuse(
  (p, g, b, lr, mu, lambda) => {
    const d = decayed(g, p, lambda);
    const direction = add(mul(mu, b), d);
    return [sub(p, mul(lr, add(d, mul(mu, direction)))), direction];
  },
  { name: 'SGD' },
);

/**
 * Stochastic gradient descent (Robbins & Monro 1951), with momentum (Polyak 1964; Sutskever et al. 2013 for recurrent
 * networks) and Nesterov's look ahead (1983), in PyTorch's form:
 *
 *     g ← g + λθ
 *     θ ← θ − ηg                          plain
 *     b ← μb + (1 − τ)g,  θ ← θ − ηb      with momentum; the first b is g
 *     b ← μb + g,  θ ← θ − η(g + μb)      Nesterov
 *
 * @param options.lr η; default 1e-3
 * @throws OptionError for options out of range, and for `nesterov` without momentum or with dampening
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1, momentum: 0.9 });
 */
export class SGD extends Optimizer<SGDOptions, SGDSlots> {
  constructor(params: ParameterInput<SGDOptions>, options: Partial<SGDOptions> = {}) {
    super('SGD', params, options, {
      lr: 1e-3,
      momentum: 0,
      dampening: 0,
      nesterov: false,
      weightDecay: 0,
    });
  }

  protected override problems({
    momentum,
    dampening,
    nesterov,
    weightDecay,
  }: SGDOptions): Problem[] {
    return [
      notNegative('momentum', momentum),
      must(dampening >= 0 && dampening <= 1, 'dampening', 'lie in [0, 1]', dampening),
      must(!nesterov || momentum > 0, 'momentum', 'be above 0 with nesterov', momentum),
      must(!nesterov || dampening === 0, 'dampening', 'be 0 with nesterov', dampening),
      notNegative('weightDecay', weightDecay),
    ];
  }

  protected override slots({ momentum }: SGDOptions): 'buffer'[] {
    return momentum > 0 ? ['buffer'] : [];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    { lr, momentum, dampening, nesterov, weightDecay }: SGDOptions,
    slots: Partial<SGDSlots>,
  ): { p: Tensor } & SGDSlots {
    if (momentum === 0) {
      descent.assignTo([p], this.name, p, g, lr, weightDecay);
      return { p };
    }
    const { buffer = zerosLike(p) } = slots;
    const targets = [p, buffer];
    if (nesterov) {
      nesterovDescent.assignTo(targets, this.name, p, g, buffer, lr, momentum, weightDecay);
    } else {
      const rest = slots.buffer ? 1 - dampening : 1;
      momentumDescent.assignTo(targets, this.name, p, g, buffer, lr, momentum, rest, weightDecay);
    }
    return { p, buffer };
  }
}
