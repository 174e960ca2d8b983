import { math, OptionError, ShapeError } from '@unroll/backend';
import { add, indexSelect, mul, reshape, type Sequence, type Tensor, tensor } from '@unroll/tensor';
import { endOf, placesOf } from './steps.ts';

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
 * @throws ShapeError where rows are not heads of an even size
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
  if (!(base > 1)) throw new OptionError('rotary', `base must be above 1; got ${base}`, { base });
  const { cosine, sine } = turnsOf(x, size, base, from);
  return x.map((rows) => {
    const whole = reshape(rows, [rows.shape[0], heads, size]);
    const swapped = indexSelect(whole, neighbours(size), { axis: 2 });
    return reshape(add(mul(whole, cosine), mul(swapped, sine)), rows.shape);
  });
}

/** Where the other one of each pair stands. */
function neighbours(size: number): Tensor {
  return tensor(Int32Array.from({ length: size }, (_, i) => i ^ 1));
}

interface Turns {
  /** `[rows, 1, size]` */
  readonly cosine: Tensor;
  /** With the sign that it has for each of a pair: −sin, sin. */
  readonly sine: Tensor;
}

function turnsOf(x: Sequence, size: number, base: number, from?: readonly number[]): Turns {
  const places = placesOf(x, from);
  const { cosines, sines } = tableFor(size, base, endOf(x, from));
  const gathered = (table: Float64Array): Tensor => {
    const values = new Float64Array(places.length * size);
    for (const [row, place] of places.entries()) {
      values.set(table.subarray(place * size, (place + 1) * size), row * size);
    }
    return tensor(values, { shape: [places.length, 1, size], dtype: x.rows.dtype });
  };
  return { cosine: gathered(cosines), sine: gathered(sines) };
}

/** Rows of `size` for each place. */
interface Table {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

const tables = new Map<string, Table>();

/** For at least so many places; made once for each size and base, and again when a sequence is longer. */
function tableFor(size: number, base: number, places: number): Table {
  const key = `${size} ${base}`;
  const found = tables.get(key);
  if (found && found.cosines.length >= places * size) return found;
  const length = Math.max(64, 2 ** Math.ceil(Math.log2(places)));
  const [cosines, sines] = [new Float64Array(length * size), new Float64Array(length * size)];
  for (let i = 0; i < size; i++) {
    const slowness = math.exp((-(i - (i & 1)) / size) * math.log(base));
    for (let t = 0; t < length; t++) {
      cosines[t * size + i] = math.cos(t * slowness);
      sines[t * size + i] = (i & 1 ? 1 : -1) * math.sin(t * slowness);
    }
  }
  const table = { cosines, sines };
  tables.set(key, table);
  return table;
}
