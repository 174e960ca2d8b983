import { addAll, mul, sum, type Tensor, type Tensors } from '@unroll/tensor';
import type { Digits } from '@unroll/tensor/testing/fixture-case';

type DigitsByName = Readonly<Record<string, Digits>>;

/** What a fixture says of one run of a recurrence over ragged sequences. */
export interface CellCase {
  readonly name: string;
  readonly lengths: number[];
  readonly parameters: DigitsByName;
  /** `x`, and the initial states as `h0`, `c0`. */
  readonly inputs: DigitsByName;
  /** `output`, and the final states by name. */
  readonly outputs: DigitsByName;
  /** The gradients are those of {@link lossOf}. */
  readonly weights: DigitsByName;
  readonly gradients: DigitsByName;
}

/** Σ output · dOutput + Σ h · dH (+ Σ c · dC). */
export function lossOf(found: Tensors, weights: Tensors): Tensor {
  return addAll(
    Object.entries(found).map(([name, value]) =>
      sum(mul(value, weights[`d${name === 'output' ? 'Output' : name.toUpperCase()}`])),
    ),
  );
}
