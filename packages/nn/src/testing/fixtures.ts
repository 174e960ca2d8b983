import type { FixtureCase } from '@unroll/tensor/testing/fixture-case';
import { encoderCases } from './encoder-cases.ts';
import { layerCases } from './layer-cases.ts';
import { lossCases } from './loss-cases.ts';

/** Layers and losses against PyTorch, in value and in all gradients. */
export async function fixtureCases(): Promise<FixtureCase[]> {
  return [...(await layerCases()), ...(await encoderCases()), ...(await lossCases())];
}
