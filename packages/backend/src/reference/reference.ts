import type { Backend, Kernels } from '../contract/backend.ts';
import { dtypes } from '../contract/dtype.ts';
import { attention, attentionBackward } from './attention.ts';
import { bernoulli } from './bernoulli.ts';
import { assign, cast } from './cast.ts';
import { crfLoss } from './crf.ts';
import { crossEntropy, crossEntropyBackward } from './cross-entropy.ts';
import { ctcLoss } from './ctc.ts';
import { gather, indexAdd, indexSelect, scatterAdd } from './indexed.ts';
import { matmul } from './matmul.ts';
import { memoryOf, valuesOf } from './memory.ts';
import { concat, pad, slice, transpose } from './move.ts';
import { normalize, normalizeBackward } from './normalize.ts';
import { pointwise, update } from './pointwise.ts';
import { cumsum, reduce, sumOfSquares } from './reduce.ts';
import { scan, scanBackward } from './scan.ts';
import { logSoftmax, softmax } from './softmax.ts';

const kernels: Kernels = {
  pointwise,
  reduce,
  cumsum,
  matmul,
  transpose,
  slice,
  pad,
  concat,
  indexSelect,
  indexAdd,
  gather,
  scatterAdd,
  cast,
  assign,
  scan,
  scanBackward,
};

/**
 * The plain TypeScript backend: the definition of every kernel, for all dtypes. It computes in double precision and
 * rounds once, when a result is stored, with the same bits on every engine. Readable first, fast second.
 *
 * @example
 * const backend = reference();
 * const memory = backend.upload(new Float32Array([1, 2]));
 */
export function reference(): Backend {
  return {
    name: 'reference',
    dtypes,
    upload: (values) => memoryOf(values.slice()),
    read: async (x) => valuesOf(x).slice(),
    readSync: (x) => valuesOf(x).slice(),
    kernels,
    fused: {
      softmax,
      logSoftmax,
      crossEntropy,
      crossEntropyBackward,
      update,
      sumOfSquares,
      normalize,
      normalizeBackward,
      bernoulli,
      attention,
      attentionBackward,
      ctcLoss,
      crfLoss,
    },
  };
}
