import { add, matmul, reshape, type Tensor } from '@unroll/tensor';
import type { Plan } from './plan.ts';
import { readWindows, swapFirst } from './read.ts';

export interface Kernel {
  /** `[taps, channels / groups, outputs]`, or the same with more axes for the taps. */
  readonly W: Tensor;
  /** `[outputs]`. */
  readonly b: Tensor | undefined;
  readonly groups: number;
}

/**
 * `y[i] = Σ_tap x[tap of window i] · W[tap] + b`, as one product: what the windows read is laid side by side
 * (Chellapilla et al. 2006). Each group of channels has its own product.
 *
 * @param rows `[rows, channels]`
 * @returns `[windows, outputs]`
 */
export function convolve(rows: Tensor, plan: Plan, { W, b, groups }: Kernel): Tensor {
  const { windows, taps } = plan;
  const [count, channels] = rows.shape;
  const within = channels / groups;
  const outputs = W.shape[W.rank - 1];
  const parts = swapFirst(reshape(rows, [count, groups, within]));
  const read = reshape(readWindows(parts, plan, { axis: 1 }), [groups, windows, taps * within]);
  const weights = swapFirst(reshape(W, [taps * within, groups, outputs / groups]));
  const y = reshape(swapFirst(matmul(read, weights)), [windows, outputs]);
  return b ? add(y, b) : y;
}
