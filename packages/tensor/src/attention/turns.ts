import { tensor } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, mul } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { indexSelect } from '../operations/select.ts';
import type { Sequence } from '../sequence/sequence.ts';

/**
 * Turns each pair of features of each head by the angle of the row's place: `(a, b)` → `(a·cos − b·sin, a·sin + b·cos)`.
 *
 * @param x `[length, heads·size]` each, size even
 * @param turns `[places, size]`: cosine and sine of each pair side by side
 * @param options.from where each sequence begins, in the user's order; default 0 for all
 */
export function turnPairs(
  x: Sequence,
  turns: Tensor,
  { heads = 1, from }: { heads?: number; from?: readonly number[] | undefined } = {},
): Sequence {
  const size = x.features[0] / heads;
  const count = x.rows.shape[0];
  const own = indexSelect(turns, tensor(x.stepNumbers(from)));
  const columns = (of: (c: number) => number) =>
    tensor(Int32Array.from({ length: size }, (_, c) => of(c)));
  const factor = (odd: number) => {
    const each = indexSelect(
      own,
      columns((c) => c - (c % 2) + odd),
      { axis: 1 },
    );
    return reshape(each, [count, 1, size]);
  };
  const signs = Float64Array.from({ length: size }, (_, c) => (c % 2 === 0 ? -1 : 1));
  const sign = tensor(signs, { dtype: x.rows.dtype });
  return x.map((rows) => {
    const whole = reshape(rows, [count, heads, size]);
    const swapped = indexSelect(
      whole,
      columns((c) => c ^ 1),
      { axis: 2 },
    );
    const turned = add(mul(whole, factor(0)), mul(swapped, mul(factor(1), sign)));
    return reshape(turned, rows.shape);
  });
}
