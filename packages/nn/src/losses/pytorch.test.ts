import { inEveryWay } from '@unroll/tensor/testing/ways';
import { describe, test } from 'vitest';
import { lossCases } from '../testing/loss-cases.ts';

describe('losses match PyTorch in value and gradient', async () => {
  test.each(inEveryWay(await lossCases()))('$title $way', ({ run }) => run());
});
