import { math } from '@unroll/backend';
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
  zerosLike,
} from '@unroll/tensor';
import type { OptimizerOptions } from '../optimizer/groups.ts';
import { decayRate, notNegative, type Problem } from '../optimizer/problems.ts';
import { average, decayed } from './terms.ts';

export interface AdamOptions extends OptimizerOptions {
  /** β₁ and β₂, the shares of the old averages of g and of g² that are kept; default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** ε, which keeps the division from 0; default 1e-8. */
  eps: number;
  /** λ; what it means and its default depend on the optimizer. */
  weightDecay: number;
  /** Whether to divide by the largest average of squares so far (Reddi et al. 2018); default false. */
  amsgrad: boolean;
}

export type AdamSlots = { m: Tensor; v: Tensor; vMax?: Tensor };

/** θ(1 − shrink) − η m / (√v/root + ε); η is divided by 1 − β₁ᵗ and root is √(1 − β₂ᵗ): the averages without their bias. */
function moved(
  p: Symbolic,
  m: Symbolic,
  v: Symbolic,
  lr: Symbolic,
  root: Symbolic,
  eps: Symbolic,
  shrink: Symbolic,
): Symbolic {
  const kept = mul(p, sub(1, shrink));
  return sub(kept, mul(lr, div(m, add(div(sqrt(v), root), eps))));
}

const plain = /* @__PURE__ */ fuse(
  (p, g, m0, v0, beta1, rest1, beta2, rest2, lr, root, eps, lambda, shrink) => {
    const d = decayed(g, p, lambda);
    const m = average(m0, d, beta1, rest1);
    const v = average(v0, square(d), beta2, rest2);
    return [moved(p, m, v, lr, root, eps, shrink), m, v];
  },
  { name: 'Adam' },
);

const amsgrad = /* @__PURE__ */ fuse(
  (p, g, m0, v0, vMax0, beta1, rest1, beta2, rest2, lr, root, eps, lambda, shrink) => {
    const d = decayed(g, p, lambda);
    const m = average(m0, d, beta1, rest1);
    const v = average(v0, square(d), beta2, rest2);
    const vMax = maximum(vMax0, v);
    return [moved(p, m, vMax, lr, root, eps, shrink), m, v, vMax];
  },
  { name: 'Adam' },
);

/** How weight decay enters: into the gradient (`lambda`), or into the weights beside it (`shrink`). */
export interface Decay {
  readonly lambda: number;
  readonly shrink: number;
}

/** The step that Adam and AdamW share, written over the parameter and its averages. */
export function adamUpdate(
  name: string,
  p: Tensor,
  g: Tensor,
  { lr, betas, eps, amsgrad: keepsLargest }: AdamOptions,
  { lambda, shrink }: Decay,
  slots: Partial<AdamSlots>,
  t: number,
): { p: Tensor } & AdamSlots {
  const [beta1, beta2] = betas;
  const rate = lr / (1 - math.pow(beta1, t));
  const root = Math.sqrt(1 - math.pow(beta2, t));
  const averages = [beta1, 1 - beta1, beta2, 1 - beta2] as const;
  const numbers = [...averages, rate, root, eps, lambda, shrink] as const;
  const { m = zerosLike(p), v = zerosLike(p) } = slots;
  if (!keepsLargest) {
    plain.assignTo([p, m, v], name, p, g, m, v, ...numbers);
    return { p, m, v };
  }
  const { vMax = zerosLike(p) } = slots;
  amsgrad.assignTo([p, m, v, vMax], name, p, g, m, v, vMax, ...numbers);
  return { p, m, v, vMax };
}

export function adamProblems({ betas, eps, weightDecay }: Omit<AdamOptions, 'amsgrad'>): Problem[] {
  return [
    ...betas.map((beta, i) => decayRate(`betas[${i}]`, beta)),
    notNegative('eps', eps),
    notNegative('weightDecay', weightDecay),
  ];
}
