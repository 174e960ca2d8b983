import { OptionError, ShapeError, sameShape } from '@unroll/backend';
import { mean, Sequence, sum, type Tensor } from '@unroll/tensor';
import type { Rows } from '../layers/rowwise.ts';

/**
 * What becomes of the losses of the elements: their mean, over what is really there (the default); their sum, the
 * lectures' C = Σ_t C_t; or nothing.
 */
export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  /** Default mean. */
  reduction?: Reduction;
}

type None<Options> = Options & { reduction: 'none' };
type Reduced<Options> = Options & { reduction?: 'mean' | 'sum' };

/** A loss takes two tensors or two sequences of the same lengths; unreduced, it gives the same kind. */
export interface Loss<Options extends LossOptions> {
  (input: Sequence, target: Sequence, options: None<Options>): Sequence;
  (input: Tensor, target: Tensor, options?: Options): Tensor;
  (input: Rows, target: Rows, options?: Reduced<Options>): Tensor;
}

/** Both sides of a loss as tensors. */
export interface Pair {
  /** `[…]`, the rows of a sequence. */
  readonly input: Tensor;
  readonly target: Tensor;
  /** The target as it was given. */
  readonly given: Rows;
}

/** The losses of elements or rows, and another mean than the plain one. */
export interface Costs {
  readonly losses: Tensor;
  readonly average?: (losses: Tensor) => Tensor;
}

/** Makes a loss out of what it says of two tensors; kinds, lengths and reductions are seen to here. */
/* @__NO_SIDE_EFFECTS__ */
export function defineLoss<Options extends LossOptions>(
  name: string,
  of: (pair: Pair, options: Partial<Options>) => Costs,
): Loss<Options> {
  const loss = (input: Rows, target: Rows, options: Partial<Options> = {}): Rows => {
    const pair = pairOf(name, input, target);
    const { losses, average = mean } = of(pair, options);
    const { reduction = 'mean' } = options;
    const found = reduced(name, losses, reduction, () => average(losses));
    return reduction === 'none' && input instanceof Sequence ? input.withRows(found) : found;
  };
  return loss as Loss<Options>;
}

/** The losses as asked for. */
export function reduced(
  operation: string,
  losses: Tensor,
  reduction: Reduction,
  average: () => Tensor,
): Tensor {
  if (reduction === 'mean') return average();
  if (reduction === 'sum') return sum(losses);
  if (reduction === 'none') return losses;
  throw new OptionError(
    operation,
    `reduction must be 'mean', 'sum' or 'none'; got ${String(reduction)}`,
    { reduction },
  );
}

/** Both must be of one kind and, as sequences, of the same lengths. */
function pairOf(name: string, input: Rows, target: Rows): Pair {
  if (!(input instanceof Sequence) && !(target instanceof Sequence)) {
    return { input, target, given: target };
  }
  if (!(input instanceof Sequence) || !(target instanceof Sequence)) {
    throw new ShapeError(
      name,
      'got a sequence and a tensor; both must be of one kind. Sequence.fromBatch(x, lengths)?',
    );
  }
  if (!input.hasLengthsOf(target)) {
    throw new ShapeError(
      name,
      `input and target must have the same lengths; got [${input.lengths.join(', ')}] and [${target.lengths.join(', ')}]`,
      { input: input.lengths, target: target.lengths },
    );
  }
  return { input: input.rows, target: target.rows, given: target };
}

/** Refuses a target that would have to be broadcast: nearly always a mistake. */
export function needSameShape(name: string, { input, target }: Pair): void {
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError(
    name,
    `input and target must have the same shape; got [${input.shape.join(', ')}] and [${target.shape.join(', ')}]. reshape() one of them?`,
    { input: input.shape, target: target.shape },
  );
}
