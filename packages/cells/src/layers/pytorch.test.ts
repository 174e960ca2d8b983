import { inEveryWay } from '@unroll/tensor/testing/ways';
import { describe, test } from 'vitest';
import { kinds, pytorchCases } from '../testing/pytorch-cases.ts';

describe.each(kinds)(
  '%s equals PyTorch in outputs, final states and all gradients',
  async (kind) => {
    test.each(inEveryWay(await pytorchCases(kind)))('$title $way', ({ run }) => run());
  },
);
