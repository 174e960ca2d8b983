import type { ParameterInput } from '../optimizer/groups.ts';
import { AdamFamily } from './adam-family.ts';
import type { AdamOptions, Decay } from './adam-update.ts';

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
export class AdamW extends AdamFamily {
  constructor(params: ParameterInput<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super('AdamW', params, options, { weightDecay: 1e-2 });
  }

  protected override decay({ lr, weightDecay }: AdamOptions): Decay {
    return { lambda: 0, shrink: lr * weightDecay };
  }
}
