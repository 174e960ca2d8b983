import { math } from '@unroll/backend';
import { add, div, fuse, mul, sqrt, square, sub, type Tensor } from '@unroll/tensor';
import type { ParameterInput } from '../optimizer/groups.ts';
import { Optimizer } from '../optimizer/optimizer.ts';
import { notNegative, type Problem } from '../optimizer/problems.ts';
import { type AdamOptions, type AdamSlots, adamProblems } from './adam-update.ts';
import { average, decayed } from './terms.ts';

export interface NAdamOptions extends Omit<AdamOptions, 'amsgrad'> {
  /** ψ, how fast the momentum rises to β₁; default 4e-3. */
  momentumDecay: number;
}

type NAdamSlots = Required<Pick<AdamSlots, 'm' | 'v'>>;

const step = /* @__PURE__ */ fuse(
  (p, g, m0, v0, beta1, rest1, beta2, rest2, rateG, rateM, bias2, eps, lambda) => {
    const d = decayed(g, p, lambda);
    const m = average(m0, d, beta1, rest1);
    const v = average(v0, square(d), beta2, rest2);
    const scale = add(sqrt(div(v, bias2)), eps);
    return [sub(sub(p, mul(rateG, div(d, scale))), mul(rateM, div(m, scale))), m, v];
  },
  { name: 'NAdam' },
);

/**
 * Adam that looks ahead as Nesterov does (Dozat 2016), in PyTorch's form:
 *
 *     μₜ = β₁(1 − ½·0.96^(tψ)),  Πₜ = μ₁·…·μₜ
 *     g ← g + λθ
 *     m ← β₁m + (1 − β₁)g
 *     v ← β₂v + (1 − β₂)g²,  v̂ = v / (1 − β₂ᵗ)
 *     m̂ = g(1 − μₜ)/(1 − Πₜ) + m μₜ₊₁/(1 − Πₜ₊₁)
 *     θ ← θ − η m̂ / (√v̂ + ε)
 *
 * @param options.lr η; default 2e-3
 * @param options.weightDecay λ of the L2 term ½λ‖θ‖²; default 0
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new NAdam([parameter(zeros([3, 2]))]);
 */
export class NAdam extends Optimizer<NAdamOptions, NAdamSlots> {
  /** Πₜ by β₁ and ψ, each list as far as it was needed. A function of t alone, so it is not part of the state. */
  readonly #products = new Map<string, number[]>();

  constructor(params: ParameterInput<NAdamOptions>, options: Partial<NAdamOptions> = {}) {
    super('NAdam', params, options, {
      lr: 2e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      momentumDecay: 4e-3,
    });
  }

  protected override problems(options: NAdamOptions): Problem[] {
    return [...adamProblems(options), notNegative('momentumDecay', options.momentumDecay)];
  }

  protected override slots(): (keyof NAdamSlots)[] {
    return ['m', 'v'];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    options: NAdamOptions,
    slots: Partial<NAdamSlots>,
    t: number,
  ): { p: Tensor } & NAdamSlots {
    const { lr, betas, eps, weightDecay, momentumDecay } = options;
    const [beta1, beta2] = betas;
    const rateG = (lr * (1 - mu(beta1, momentumDecay, t))) / (1 - this.#product(options, t));
    const rateM = (lr * mu(beta1, momentumDecay, t + 1)) / (1 - this.#product(options, t + 1));
    const bias2 = 1 - math.pow(beta2, t);
    const [next, m, v] = step(
      p,
      g,
      slots.m ?? 0,
      slots.v ?? 0,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      rateG,
      rateM,
      bias2,
      eps,
      weightDecay,
    );
    return { p: next, m, v };
  }

  #product({ betas: [beta1], momentumDecay }: NAdamOptions, t: number): number {
    const key = `${beta1} ${momentumDecay}`;
    const products = this.#products.get(key) ?? [1];
    this.#products.set(key, products);
    while (products.length <= t && products[products.length - 1] > 0) {
      products.push(products[products.length - 1] * mu(beta1, momentumDecay, products.length));
    }
    return products[Math.min(t, products.length - 1)];
  }
}

function mu(beta1: number, momentumDecay: number, t: number): number {
  return beta1 * (1 - 0.5 * math.pow(0.96, t * momentumDecay));
}
