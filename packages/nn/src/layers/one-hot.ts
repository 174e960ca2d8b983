import { type DType, refuseUnknownOptions } from '@unroll/backend';
import { greaterEqual, less, logicalOr, oneHot, type Tensor, where } from '@unroll/tensor';
import { Module } from '../module/module.ts';
import { lookingUp } from './ids.ts';
import { needSizes, type Rows, rowwise } from './rowwise.ts';

export interface OneHotOptions {
  /** How many ids there are: 0 to numIds − 1; of a tokenizer its `vocabSize`. */
  numIds: number;
  /**
   * Whether a last dimension stands for every other id, such as the −1 that `indexOf` gives; default false: another id is
   * an error. A tokenizer has a dimension for that already: its `<unk>`, id 0.
   */
  other?: boolean;
  /** Default float32. */
  dtype?: DType;
  /** Default: `OneHot` with a number. */
  name?: string;
}

const known: Record<keyof OneHotOptions, true> = {
  numIds: true,
  other: true,
  dtype: true,
  name: true,
};

/**
 * A row of zeros with a 1 where the id says: 1-of-N encoding. With a dimension for "other" the row has one place more.
 *
 * Takes int32 ids, a tensor `[…]` or a sequence, and gives the same kind with the axis `size` added.
 *
 * @throws IndexError for an id out of range, with its place, unless there is a dimension for it; DTypeError for ids that
 * are not int32
 * @example
 * const lexicon = ['apple', 'bag', 'cat', 'dog', 'elephant'];
 * const encode = new OneHot({ numIds: lexicon.length, other: true });
 * const ids = ['cat', 'zebra'].map((word) => lexicon.indexOf(word)); // [2, −1]
 * const y = encode.forward(tensor(ids, { dtype: 'int32' })); // [[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]]
 */
export class OneHot extends Module {
  static readonly className: string = 'OneHot';

  readonly numIds: number;
  /** Features of a row: numIds, and one more with `other`. */
  readonly size: number;
  readonly #dtype: DType | undefined;

  constructor(options: OneHotOptions) {
    super(options.name);
    refuseUnknownOptions('OneHot', options, known);
    const { numIds, other = false, dtype } = options;
    needSizes('OneHot', { numIds });
    this.numIds = numIds;
    this.size = other ? numIds + 1 : numIds;
    this.#dtype = dtype;
  }

  override forward<X extends Rows>(input: X): X {
    return lookingUp('OneHot', input, () => rowwise(input, (ids) => this.#rows(ids)));
  }

  #rows(ids: Tensor): Tensor {
    const { numIds, size } = this;
    const dtype = this.#dtype;
    if (size === numIds || ids.dtype !== 'int32') return oneHot(ids, size, { dtype });
    const outside = logicalOr(less(ids, 0), greaterEqual(ids, numIds));
    return oneHot(where(outside, numIds, ids), size, { dtype });
  }
}
