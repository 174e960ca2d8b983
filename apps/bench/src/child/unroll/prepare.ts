import { LSTM, stream } from '@unroll/cells';
import { matmul, noGrad, parameter, randomStream } from '@unroll/tensor';
import type { ProductSpec, Spec, StreamSpec, Workload } from '../../specs.ts';
import { attention, generation } from './attention.ts';
import { ctc } from './ctc.ts';
import { fading } from './fading.ts';
import { fitting } from './fit.ts';
import { training } from './training.ts';
import { variant } from './variants.ts';

/** Everything that is measured, as a user of the packages would write it. */
export function prepare(spec: Spec): Workload {
  switch (spec.kind) {
    case 'training':
      return training(spec);
    case 'fit':
      return fitting(spec);
    case 'product':
      return product(spec);
    case 'stream':
      return streaming(spec);
    case 'fading':
      return fading(spec);
    case 'variant':
      return variant(spec);
    case 'peak':
      throw new Error('unroll measures a peak on the GPU only');
    case 'attention':
      return attention(spec);
    case 'generation':
      return generation(spec);
    case 'ctc':
      return ctc(spec);
  }
}

/** The second side is a weight, as in a layer in use: a parameter that stays the same from call to call. */
function product({ m, k, n, repeat }: ProductSpec): Workload {
  const draws = randomStream('bench');
  const x = draws.uniform([m, k], { low: -1 });
  const weight = parameter(draws.uniform([k, n], { low: -1 }));
  return {
    call() {
      noGrad(() => {
        for (let i = 0; i < repeat; i++) matmul(x, weight);
      });
      return undefined;
    },
  };
}

function streaming({ inputSize, hiddenSize, repeat }: StreamSpec): Workload {
  const x = randomStream('bench').uniform([1, inputSize], { low: -1 });
  const live = stream(new LSTM({ inputSize, hiddenSize }));
  return {
    call() {
      for (let i = 0; i < repeat; i++) live.step(x);
      return undefined;
    },
  };
}
