import { DataError } from '@unroll/backend';
import { Embedding, type EmbeddingOptions, init } from '@unroll/nn';
import {
  cast,
  concat,
  indexSelect,
  mean,
  mul,
  noGrad,
  sqrt,
  square,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import type { WordVectors } from './word-vectors.ts';

export interface PretrainedOptions
  extends Omit<EmbeddingOptions, 'numEmbeddings' | 'embeddingSize' | 'init'> {
  /** The vocabulary: the word of id i stands at i. */
  words: readonly string[];
}

export interface Pretrained {
  /** `[words, features]`. */
  readonly embedding: Embedding;
  /** Words of the vocabulary that have no vector; their rows are random. */
  readonly missing: readonly string[];
}

/**
 * An Embedding whose rows are pretrained vectors. Rows of words that have none are drawn from a normal distribution as wide as
 * the vectors are (their root mean square). It is trained like any other; leave its `W` out of the optimizer to freeze it.
 *
 * @throws DataError for a vocabulary that shares no word with the vectors
 * @example
 * const vectors = await readWordVectors('the 0.1 0.2\ncat 0.3 0.4\n');
 * const { embedding, missing } = pretrainedEmbedding(vectors, { words: ['<unk>', 'cat', 'the'] });
 * console.log(embedding.W.shape, missing); // [3, 2] ['<unk>']
 */
export function pretrainedEmbedding(vectors: WordVectors, options: PretrainedOptions): Pretrained {
  const { words, ...rest } = options;
  const places = new Map(vectors.words.map((word, i) => [word, i]));
  const missing = words.filter((word) => !places.has(word));
  if (missing.length === words.length) {
    throw new DataError(
      'pretrainedEmbedding',
      `none of the ${words.length} words has a vector; do both spell words alike (lower case)?`,
      { words: words.slice(0, 10) },
    );
  }
  const found = cast(vectors.vectors, options.dtype ?? 'float32');
  const embedding = new Embedding({
    ...rest,
    numEmbeddings: words.length,
    embeddingSize: found.shape[1],
    init: {
      W: (shape, stream, dtype) =>
        noGrad(() => {
          const width = sqrt(mean(square(found)));
          const drawn = mul(init.normal()(shape, stream, dtype), width);
          return select(
            found,
            drawn,
            words.map((word) => places.get(word)),
          );
        }),
    },
  });
  return { embedding, missing };
}

/** The found row at each place, or where there is none the drawn one. */
function select(found: Tensor, drawn: Tensor, places: readonly (number | undefined)[]): Tensor {
  const ids = places.map((place, i) => place ?? found.shape[0] + i);
  return indexSelect(concat([found, drawn], { axis: 0 }), tensor(Int32Array.from(ids)));
}
