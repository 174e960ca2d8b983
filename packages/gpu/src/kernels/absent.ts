import type { Absent } from '@unroll/backend';

const composed =
  'composed of products and a softmax, which keep all scores: the one kernel has two results, and kernels of gpu.js have one';
const refused =
  'one pass over each sequence gives loss and gradient, and kernels of gpu.js give one result: it would be a dispatch for each step';

/** Optional kernels that have no form here. The training of a recurrent net needs none of them. */
export const absent: Absent = {
  attention: composed,
  attentionBackward: composed,
  ctcLoss: refused,
  crfLoss: refused,
};
