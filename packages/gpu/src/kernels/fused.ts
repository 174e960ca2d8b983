import { type FusedKernels, reference } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { GpuMemory, memoryOf } from '../device/gpu-memory.ts';
import { splice } from './move.ts';
import { normalize, normalizeBackward } from './normalize.ts';
import { pointwise } from './pointwise.ts';
import { sumOfSquares } from './reduce.ts';
import { crossEntropy, crossEntropyBackward, softmax } from './softmax.ts';
import { fromHost } from './whole-numbers.ts';

/** Random numbers have the same bits everywhere: they are drawn on the host. */
const host = reference().fused as FusedKernels;

/** Kernels that take few dispatches here, where `tensor` would need many. */
export function makeFused(device: Device): Partial<FusedKernels> {
  const memory = (content: Content) => new GpuMemory('float32', content);
  return {
    softmax: (x) => memory(softmax(device, 'softmax', x)),
    logSoftmax: (x) => memory(softmax(device, 'logSoftmax', x)),
    crossEntropy: (x, ids, ignoreIndex) => memory(crossEntropy(device, x, ids, ignoreIndex)),
    crossEntropyBackward: (x, ids, dy, ignoreIndex) =>
      memory(crossEntropyBackward(device, x, ids, dy, ignoreIndex)),
    normalize: (x, eps) => memory(normalize(device, x, eps)),
    normalizeBackward: (x, dy, eps) => memory(normalizeBackward(device, x, dy, eps)),
    sumOfSquares: (inputs) => memory(sumOfSquares(device, inputs)),
    bernoulli: (...draw) => fromHost(host.bernoulli(...draw)),
    update(formula, inputs, targets) {
      const [{ shape, dtype }] = targets;
      const results = pointwise(device, formula, inputs, shape, dtype);
      targets.forEach((target, i) => {
        memoryOf(target).content = splice(device, target, results[i], 0);
      });
    },
  };
}
