import { math, OptionError, refuseUnknownOptions } from '@unroll/backend';
import { Module } from '@unroll/nn';
import { add, type Sequence, tensor } from '@unroll/tensor';
import { needRows } from '../rows.ts';

export interface SinusoidalPositionsOptions {
  /** Features of a row, an even number. */
  size: number;
}

/**
 * Adds to each row where it stands (Vaswani et al. 2017, section 3.5): sines at even, cosines at odd features of the place
 * times `10000^(−2i/size)`. Nothing is learned, and there is no longest sequence.
 *
 * @throws OptionError for an odd size; ShapeError for rows of another size
 * @example
 * const x = Sequence.fromBatch(zeros([1, 1, 4]));
 * const y = new SinusoidalPositions({ size: 4 }).forward(x);
 * console.log(await y.rows.toArray()); // [[0, 1, 0, 1]]
 */
export class SinusoidalPositions extends Module {
  static readonly className: string = 'SinusoidalPositions';

  readonly size: number;

  constructor(options: SinusoidalPositionsOptions) {
    super('SinusoidalPositions');
    refuseUnknownOptions('SinusoidalPositions', options, { size: true });
    const { size } = options;
    if (!(Number.isInteger(size) && size > 0 && size % 2 === 0)) {
      throw new OptionError('SinusoidalPositions', `size must be even; got ${size}`, { size });
    }
    this.size = size;
  }

  /** @param from where each sequence begins, in the user's order; default 0 for all */
  override forward(x: Sequence, from?: readonly number[]): Sequence {
    needRows('SinusoidalPositions', x, this.size);
    const { size } = this;
    const places = x.stepNumbers(from);
    const values = new Float64Array(places.length * size);
    for (let i = 0; i < size; i += 2) {
      const slowness = math.exp((-i / size) * math.log(10_000));
      for (const [row, place] of places.entries()) {
        values[row * size + i] = math.sin(place * slowness);
        values[row * size + i + 1] = math.cos(place * slowness);
      }
    }
    const { dtype } = x.rows;
    return x.map((rows) => add(rows, tensor(values, { shape: [places.length, size], dtype })));
  }
}
