import type { Tensor } from '@unroll/tensor';
import type { ParameterInput } from '../optimizer/groups.ts';
import { Optimizer } from '../optimizer/optimizer.ts';
import type { Problem } from '../optimizer/problems.ts';
import {
  type AdamOptions,
  type AdamSlots,
  adamProblems,
  adamUpdate,
  type Decay,
} from './adam-update.ts';

/** Adam in all but the way in which weights decay. */
export abstract class AdamFamily extends Optimizer<AdamOptions, AdamSlots> {
  constructor(
    name: string,
    params: ParameterInput<AdamOptions>,
    options: Partial<AdamOptions>,
    defaults: Pick<AdamOptions, 'weightDecay'>,
  ) {
    super(name, params, options, {
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      ...defaults,
      amsgrad: false,
    });
  }

  /** How weights decay in a step. */
  protected abstract decay(options: AdamOptions): Decay;

  protected override problems(options: AdamOptions): Problem[] {
    return adamProblems(options);
  }

  protected override slots({ amsgrad }: AdamOptions): (keyof AdamSlots)[] {
    return amsgrad ? ['m', 'v', 'vMax'] : ['m', 'v'];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    options: AdamOptions,
    slots: Partial<AdamSlots>,
    t: number,
  ): { p: Tensor } & AdamSlots {
    return adamUpdate(this.name, p, g, options, this.decay(options), slots, t);
  }
}
