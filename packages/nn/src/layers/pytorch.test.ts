import { inEveryWay } from '@unroll/tensor/testing/ways';
import { describe, test } from 'vitest';
import { layerCases } from '../testing/layer-cases.ts';

describe('layers match PyTorch in value, input gradient and weight gradients', async () => {
  test.each(inEveryWay(await layerCases()))('$title $way', ({ run }) => run());
});
