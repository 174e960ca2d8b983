import {
  add,
  div,
  fuse,
  maximum,
  mul,
  type Symbolic,
  sqrt,
  square,
  sub,
  type Tensor,
} from '@unroll/tensor';
import type { OptimizerOptions, ParameterInput } from '../optimizer/groups.ts';
import { Optimizer } from '../optimizer/optimizer.ts';
import { decayRate, notNegative, type Problem } from '../optimizer/problems.ts';
import { average, decayed } from './terms.ts';

export interface RMSpropOptions extends OptimizerOptions {
  /** α, the share of the old average of squares that is kept; default 0.99. */
  alpha: number;
  /** ε, which keeps the division from 0; default 1e-8. */
  eps: number;
  /** Whether to divide by the standard deviation instead of the root of the mean square; default false. */
  centered: boolean;
  /** μ, the share of the last direction that is kept; default 0. */
  momentum: number;
  /** λ of the L2 term ½λ‖θ‖²; default 0. */
  weightDecay: number;
}

type RMSpropSlots = { v: Tensor; m?: Tensor; buffer?: Tensor };

const scaled = (g: Symbolic, v: Symbolic, eps: Symbolic) => div(g, add(sqrt(v), eps));
/** E[g²] − E[g]², which rounding could make negative. */
const spread = (v: Symbolic, m: Symbolic) => maximum(sub(v, square(m)), 0);

const plain = /* @__PURE__ */ fuse(
  (p, g, v0, lr, alpha, rest, eps, lambda) => {
    const d = decayed(g, p, lambda);
    const v = average(v0, square(d), alpha, rest);
    return [sub(p, mul(lr, scaled(d, v, eps))), v];
  },
  { name: 'RMSprop' },
);

const centred = /* @__PURE__ */ fuse(
  (p, g, v0, m0, lr, alpha, rest, eps, lambda) => {
    const d = decayed(g, p, lambda);
    const v = average(v0, square(d), alpha, rest);
    const m = average(m0, d, alpha, rest);
    return [sub(p, mul(lr, scaled(d, spread(v, m), eps))), v, m];
  },
  { name: 'RMSprop' },
);

const withMomentum = /* @__PURE__ */ fuse(
  (p, g, v0, b0, lr, alpha, rest, eps, mu, lambda) => {
    const d = decayed(g, p, lambda);
    const v = average(v0, square(d), alpha, rest);
    const b = add(mul(mu, b0), scaled(d, v, eps));
    return [sub(p, mul(lr, b)), v, b];
  },
  { name: 'RMSprop' },
);

const centredWithMomentum = /* @__PURE__ */ fuse(
  (p, g, v0, m0, b0, lr, alpha, rest, eps, mu, lambda) => {
    const d = decayed(g, p, lambda);
    const v = average(v0, square(d), alpha, rest);
    const m = average(m0, d, alpha, rest);
    const b = add(mul(mu, b0), scaled(d, spread(v, m), eps));
    return [sub(p, mul(lr, b)), v, m, b];
  },
  { name: 'RMSprop' },
);

/**
 * The sign of the gradient with a step size for each weight, for small batches (Hinton, Coursera lecture 6e, 2012; centred
 * and with momentum: Graves 2013): Adagrad that forgets.
 *
 *     g ← g + λθ
 *     v ← αv + (1 − α)g²
 *     m ← αm + (1 − α)g,  v̂ = v − m²          centred; else v̂ = v
 *     b ← μb + g / (√v̂ + ε)
 *     θ ← θ − ηb
 *
 * With α = 0 it is {@link SignSGD}; {@link Rprop} has the step sizes without the average.
 *
 * @param options.lr η; default 1e-2
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new RMSprop([parameter(zeros([3, 2]))], { lr: 2e-3 });
 */
export class RMSprop extends Optimizer<RMSpropOptions, RMSpropSlots> {
  constructor(params: ParameterInput<RMSpropOptions>, options: Partial<RMSpropOptions> = {}) {
    super('RMSprop', params, options, {
      lr: 1e-2,
      alpha: 0.99,
      eps: 1e-8,
      centered: false,
      momentum: 0,
      weightDecay: 0,
    });
  }

  protected override problems({ alpha, eps, momentum, weightDecay }: RMSpropOptions): Problem[] {
    return [
      decayRate('alpha', alpha),
      notNegative('eps', eps),
      notNegative('momentum', momentum),
      notNegative('weightDecay', weightDecay),
    ];
  }

  protected override slots({ centered, momentum }: RMSpropOptions): (keyof RMSpropSlots)[] {
    return ['v', ...(centered ? ['m' as const] : []), ...(momentum > 0 ? ['buffer' as const] : [])];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    { lr, alpha, eps, centered, momentum: mu, weightDecay }: RMSpropOptions,
    { v: v0, m: m0, buffer: b0 }: Partial<RMSpropSlots>,
  ): { p: Tensor } & RMSpropSlots {
    const [last, mean, direction] = [v0 ?? 0, m0 ?? 0, b0 ?? 0];
    const numbers = [lr, alpha, 1 - alpha, eps] as const;
    if (centered && mu > 0) {
      const [next, v, m, buffer] = centredWithMomentum(
        p,
        g,
        last,
        mean,
        direction,
        ...numbers,
        mu,
        weightDecay,
      );
      return { p: next, v, m, buffer };
    }
    if (mu > 0) {
      const [next, v, buffer] = withMomentum(p, g, last, direction, ...numbers, mu, weightDecay);
      return { p: next, v, buffer };
    }
    if (centered) {
      const [next, v, m] = centred(p, g, last, mean, ...numbers, weightDecay);
      return { p: next, v, m };
    }
    const [next, v] = plain(p, g, last, ...numbers, weightDecay);
    return { p: next, v };
  }
}
