import { inEveryWay } from '@unroll/tensor/testing/ways';
import { describe, test } from 'vitest';
import { fixtureCases } from './testing/fixtures.ts';

describe('layers match PyTorch over ragged sequences, with all gradients', async () => {
  test.each(inEveryWay(await fixtureCases()))('$title $way', ({ run }) => run());
});
