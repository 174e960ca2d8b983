import { type DType, OptionError, refuseUnknownOptions } from '@unroll/backend';
import {
  equal,
  indexSelect,
  notEqual,
  type Parameter,
  parameter,
  randomStream,
  reshape,
  type Tensor,
  tensor,
  where,
} from '@unroll/tensor';
import type { Initializer } from '../init/initializer.ts';
import { normal } from '../init/random.ts';
import { Module } from '../module/module.ts';
import { lookingUp } from './ids.ts';
import { needSizes, type Rows, rowwise } from './rowwise.ts';

export interface EmbeddingOptions {
  /** How many ids there are: 0 to numEmbeddings − 1. */
  numEmbeddings: number;
  /** Features of an id's row. */
  embeddingSize: number;
  /** An id whose row starts at zero and gets no gradient. */
  paddingIdx?: number;
  /** How W starts; default: normal with mean 0 and std 1. */
  init?: { W?: Initializer };
  /** Default float32. */
  dtype?: DType;
  /** Of its random stream; default: `Embedding` with a number. */
  name?: string;
}

const known: Record<keyof EmbeddingOptions, true> = {
  numEmbeddings: true,
  embeddingSize: true,
  paddingIdx: true,
  init: true,
  dtype: true,
  name: true,
};

/**
 * A learned row for every id: `y = W[id]`, W `[numEmbeddings, embeddingSize]`.
 *
 * Takes int32 ids, a tensor `[…]` or a sequence, and gives the same kind with the axis `embeddingSize` added.
 *
 * @throws IndexError for an id out of range, with its place; DTypeError for ids that are not int32
 * @example
 * const embedding = new Embedding({ numEmbeddings: 100, embeddingSize: 16 });
 * const rows = embedding.forward(tensor([[3, 99]], { dtype: 'int32' })); // [1, 2, 16]
 */
export class Embedding extends Module {
  static readonly className: string = 'Embedding';

  readonly numEmbeddings: number;
  readonly embeddingSize: number;
  readonly paddingIdx: number | undefined;
  readonly W: Parameter;

  constructor(options: EmbeddingOptions) {
    super(options.name);
    refuseUnknownOptions('Embedding', options, known);
    const { numEmbeddings, embeddingSize, paddingIdx, dtype } = options;
    needSizes('Embedding', { numEmbeddings, embeddingSize });
    if (paddingIdx !== undefined && !isId(paddingIdx, numEmbeddings)) {
      throw new OptionError(
        'Embedding',
        `paddingIdx must be an id from 0 to ${numEmbeddings - 1}; got ${paddingIdx}`,
        { paddingIdx, numEmbeddings },
      );
    }
    this.numEmbeddings = numEmbeddings;
    this.embeddingSize = embeddingSize;
    this.paddingIdx = paddingIdx;
    const start = options.init?.W ?? normal();
    const W = start([numEmbeddings, embeddingSize], randomStream(this.name), dtype);
    this.W = parameter(paddingIdx === undefined ? W : withoutRow(W, paddingIdx));
  }

  override forward<X extends Rows>(input: X): X {
    return lookingUp('Embedding', input, () => rowwise(input, (ids) => this.#rows(ids)));
  }

  #rows(ids: Tensor): Tensor {
    const y = indexSelect(this.W, ids);
    if (this.paddingIdx === undefined) return y;
    const padding = reshape(equal(ids, this.paddingIdx), [...ids.shape, 1]);
    return where(padding, y.detach(), y);
  }
}

function isId(id: number, count: number): boolean {
  return Number.isInteger(id) && id >= 0 && id < count;
}

function withoutRow(W: Tensor, row: number): Tensor {
  const ids = tensor(Int32Array.from({ length: W.shape[0] }, (_, i) => i));
  return where(reshape(notEqual(ids, row), [W.shape[0], 1]), W, 0);
}
