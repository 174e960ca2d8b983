import type { Tensor } from '@unroll/tensor';
import type { ParameterInput } from '../optimizer/groups.ts';
import { Optimizer } from '../optimizer/optimizer.ts';
import type { Problem } from '../optimizer/problems.ts';
import {
  type AdamOptions,
  type AdamSlots,
  adamProblems,
  adamSlots,
  adamUpdate,
} from './adam-update.ts';

/**
 * Adaptive moments (Kingma & Ba 2015): RMSprop with momentum, both averages freed of their start at 0.
 *
 *     g ← g + λθ
 *     m ← β₁m + (1 − β₁)g,   m̂ = m / (1 − β₁ᵗ)
 *     v ← β₂v + (1 − β₂)g²,  v̂ = v / (1 − β₂ᵗ)
 *     θ ← θ − η m̂ / (√v̂ + ε)
 *
 * With `amsgrad`, v̂ comes from the largest v so far (Reddi et al. 2018). `weightDecay` (default 0) is the L2 term, which
 * the division weakens where gradients are large; {@link AdamW} does without that.
 *
 * @param options.lr η; default 1e-3
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new Adam([parameter(zeros([3, 2]))], { lr: 2e-3 });
 */
export class Adam extends Optimizer<AdamOptions, AdamSlots> {
  constructor(params: ParameterInput<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super('Adam', params, options, {
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      amsgrad: false,
    });
  }

  protected override problems(options: AdamOptions): Problem[] {
    return adamProblems(options);
  }

  protected override slots(options: AdamOptions): (keyof AdamSlots)[] {
    return adamSlots(options);
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    options: AdamOptions,
    slots: Partial<AdamSlots>,
    t: number,
  ): { p: Tensor } & AdamSlots {
    return adamUpdate(
      this.name,
      p,
      g,
      options,
      { lambda: options.weightDecay, shrink: 0 },
      slots,
      t,
    );
  }
}
