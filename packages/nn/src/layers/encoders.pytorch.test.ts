import { inEveryWay } from '@unroll/tensor/testing/ways';
import { describe, test } from 'vitest';
import { encoderCases } from '../testing/encoder-cases.ts';

describe('convolution, pooling and batch norm match PyTorch in values, gradients and statistics', async () => {
  test.each(inEveryWay(await encoderCases()))('$title $way', ({ run }) => run());
});
