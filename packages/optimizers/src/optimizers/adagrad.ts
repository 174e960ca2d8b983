import { add, div, fuse, mul, sqrt, square, sub, type Tensor } from '@unroll/tensor';
import type { OptimizerOptions, ParameterInput } from '../optimizer/groups.ts';
import { Optimizer } from '../optimizer/optimizer.ts';
import { notNegative, type Problem } from '../optimizer/problems.ts';
import { decayed } from './terms.ts';

export interface AdagradOptions extends OptimizerOptions {
  /** How fast the learning rate itself falls: η/(1 + (t − 1)·lrDecay); default 0. */
  lrDecay: number;
  /** λ of the L2 term ½λ‖θ‖²; default 0. */
  weightDecay: number;
  /** What the sum of squares starts with; default 0. */
  initialAccumulatorValue: number;
  /** ε, which keeps the division from 0; default 1e-10. */
  eps: number;
}

type AdagradSlots = { sum: Tensor };

const step = /* @__PURE__ */ fuse(
  (p, g, s, lr, eps, lambda) => {
    const d = decayed(g, p, lambda);
    const sum = add(s, square(d));
    return [sub(p, mul(lr, div(d, add(sqrt(sum), eps)))), sum];
  },
  { name: 'Adagrad' },
);

/**
 * Steps that shrink with all gradients a weight has seen (Duchi et al. 2011), so that rare features keep learning:
 *
 *     g ← g + λθ
 *     s ← s + g²
 *     θ ← θ − η g / (√s + ε)
 *
 * @param options.lr η; default 1e-2
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new Adagrad([parameter(zeros([3, 2]))], { lr: 0.05 });
 */
export class Adagrad extends Optimizer<AdagradOptions, AdagradSlots> {
  constructor(params: ParameterInput<AdagradOptions>, options: Partial<AdagradOptions> = {}) {
    super('Adagrad', params, options, {
      lr: 1e-2,
      lrDecay: 0,
      weightDecay: 0,
      initialAccumulatorValue: 0,
      eps: 1e-10,
    });
  }

  protected override problems(options: AdagradOptions): Problem[] {
    return [
      notNegative('lrDecay', options.lrDecay),
      notNegative('weightDecay', options.weightDecay),
      notNegative('initialAccumulatorValue', options.initialAccumulatorValue),
      notNegative('eps', options.eps),
    ];
  }

  protected override slots(): 'sum'[] {
    return ['sum'];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    { lr, lrDecay, weightDecay, initialAccumulatorValue, eps }: AdagradOptions,
    slots: Partial<AdagradSlots>,
    t: number,
  ): { p: Tensor } & AdagradSlots {
    const rate = lr / (1 + (t - 1) * lrDecay);
    const [next, sum] = step(p, g, slots.sum ?? initialAccumulatorValue, rate, eps, weightDecay);
    return { p: next, sum };
  }
}
