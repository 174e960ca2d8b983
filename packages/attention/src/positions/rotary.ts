import { type Backend, type DType, math, OptionError, ShapeError } from '@unroll/backend';
import { backendFor, type Sequence, slice, type Tensor, tensor, turnPairs } from '@unroll/tensor';
import { endOf } from './steps.ts';

export interface RotaryOptions {
  /** Heads that lie side by side in a row; default 1. */
  heads?: number;
  /** Where each sequence begins, in the user's order; default 0 for all. */
  from?: readonly number[];
  /** θ of the slowest turn; default 10,000. */
  base?: number;
}

/**
 * Rotary positions (Su et al. 2021, eq. 34): each pair of features `(x₂ᵢ, x₂ᵢ₊₁)` of a head's query or key is turned by
 * the angle `t·base^(−2i/size)`, t its place in time, so that a product of two of them depends on how far they are apart.
 *
 * @param x `[length, heads·size]` each, size even
 * @throws ShapeError where rows are not heads of an even size; OptionError for a base that is not above 1
 * @example
 * const x = Sequence.fromArrays([[[1, 0], [1, 0]]]);
 * console.log(await rotary(x).rows.toArray()); // [[1, 0], [0.54, 0.84]]: cos 1 and sin 1
 */
export function rotary(x: Sequence, options: RotaryOptions = {}): Sequence {
  const { heads = 1, from, base = 10_000 } = options;
  const size = x.features[0] / heads;
  if (x.features.length !== 1 || size % 2 !== 0) {
    throw new ShapeError(
      'rotary',
      `needs rows of ${heads} heads of an even size; got [${x.features.join(', ')}]`,
      { features: x.features, heads },
    );
  }
  return turnPairs(x, turnsFor(endOf(x, from), { size, base, dtype: x.rows.dtype }), {
    heads,
    from,
  });
}

interface Turns {
  /** Features of a head. */
  readonly size: number;
  readonly base: number;
  readonly dtype: DType;
}

/** Cosine and sine of each pair for so many places, `[places, size]`: a window of what was made before, on a CPU. */
export function turnsFor(places: number, turns: Turns): Tensor {
  const { size, base, dtype } = turns;
  if (!(base > 1)) throw new OptionError('rotary', `base must be above 1; got ${base}`, { base });
  const backend = backendFor(dtype);
  // A device's memory is for what is computed with now.
  if (backend.freeing) return tensor(tableOf(places, turns), { shape: [places, size], dtype });
  const known = made.get(backend) ?? new Map<string, Tensor>();
  made.set(backend, known);
  const key = `${size} ${base} ${dtype}`;
  let table = known.get(key);
  if (table === undefined || table.shape[0] < places) {
    const length = Math.max(64, 2 ** Math.ceil(Math.log2(places)));
    table = tensor(tableOf(length, turns), { shape: [length, size], dtype });
    known.set(key, table);
  }
  return slice(table, { from: 0, to: places });
}

/** Made once for each size and base, and again when a sequence is longer. */
const made = new WeakMap<Backend, Map<string, Tensor>>();

function tableOf(places: number, { size, base }: Turns): Float64Array {
  const table = new Float64Array(places * size);
  for (let i = 0; i < size; i += 2) {
    const slowness = math.exp((-i / size) * math.log(base));
    for (let t = 0; t < places; t++) {
      table[t * size + i] = math.cos(t * slowness);
      table[t * size + i + 1] = math.sin(t * slowness);
    }
  }
  return table;
}
