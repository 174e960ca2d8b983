import type { ParameterInput } from '../optimizer/groups.ts';
import { AdamFamily } from './adam-family.ts';
import type { AdamOptions, Decay } from './adam-update.ts';

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
export class Adam extends AdamFamily {
  constructor(params: ParameterInput<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super('Adam', params, options, { weightDecay: 0 });
  }

  protected override decay({ weightDecay }: AdamOptions): Decay {
    return { lambda: weightDecay, shrink: 0 };
  }
}
