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
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019): every weight shrinks at the same pace, whatever its
 * gradients are.
 *
 *     m ← β₁m + (1 − β₁)g,   m̂ = m / (1 − β₁ᵗ)
 *     v ← β₂v + (1 − β₂)g²,  v̂ = v / (1 − β₂ᵗ)
 *     θ ← (1 − ηλ)θ − η m̂ / (√v̂ + ε)
 *
 * @param options.lr η; default 1e-3
 * @param options.weightDecay λ; default 1e-2
 * @throws OptionError for options out of range
 * @example
 * const [matrix, bias] = [parameter(zeros([3, 2])), parameter(zeros([2]))];
 * const optimizer = new AdamW([{ params: [matrix] }, { params: [bias], weightDecay: 0 }], { lr: 1e-3 });
 */
export class AdamW extends Optimizer<AdamOptions, AdamSlots> {
  constructor(params: ParameterInput<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super('AdamW', params, options, {
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 1e-2,
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
    const shrink = options.lr * options.weightDecay;
    return adamUpdate(this.name, p, g, options, { lambda: 0, shrink }, slots, t);
  }
}
