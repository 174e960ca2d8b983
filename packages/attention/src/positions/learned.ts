import { DataError, type DType, refuseUnknownOptions } from '@unroll/backend';
import { Embedding, type Initializer, init, Module } from '@unroll/nn';
import { add, type Sequence, tensor } from '@unroll/tensor';
import { needRows } from '../rows.ts';
import { endOf } from './steps.ts';

export interface LearnedPositionsOptions {
  /** Features of a row. */
  size: number;
  /** The longest sequence. */
  maxLength: number;
  /** How W starts; default: normal with standard deviation 0.02, as in GPT-2. */
  init?: { W?: Initializer };
  /** Default float32. */
  dtype?: DType;
  /** Of its random stream; default: `LearnedPositions` with a number. */
  name?: string;
}

const known = { size: true, maxLength: true, init: true, dtype: true, name: true };

/**
 * Adds to each row a learned one for the place where it stands (Gehring et al. 2017): `y_t = x_t + W[t]`, W
 * `[maxLength, size]`, called `places.W`.
 *
 * @throws DataError for a sequence that is longer than maxLength; ShapeError for rows of another size
 * @example
 * const positions = new LearnedPositions({ size: 16, maxLength: 128 });
 * const y = positions.forward(Sequence.fromBatch(zeros([2, 10, 16])));
 */
export class LearnedPositions extends Module {
  static readonly className: string = 'LearnedPositions';

  readonly size: number;
  readonly maxLength: number;
  readonly places: Embedding;

  constructor(options: LearnedPositionsOptions) {
    super(options.name);
    refuseUnknownOptions('LearnedPositions', options, known);
    const { size, maxLength, dtype } = options;
    this.size = size;
    this.maxLength = maxLength;
    this.places = new Embedding({
      numEmbeddings: maxLength,
      embeddingSize: size,
      init: { W: options.init?.W ?? init.normal({ std: 0.02 }) },
      dtype,
      name: this.name,
    });
  }

  /** @param from where each sequence begins, in the user's order; default 0 for all */
  override forward(x: Sequence, from?: readonly number[]): Sequence {
    needRows('LearnedPositions', x, this.size);
    const end = endOf(x, from);
    if (end > this.maxLength) {
      throw new DataError(
        'LearnedPositions',
        `a sequence has ${end} steps, and there are places for ${this.maxLength}. Cut it, or build the model with a larger maxLength.`,
        { steps: end, maxLength: this.maxLength },
      );
    }
    const places = this.places.forward(tensor(x.stepNumbers(from)));
    return x.map((rows) => add(rows, places));
  }
}
