import type { AttentionSpec, CtcSpec, GenerationSpec } from '../specs.ts';
import { compare } from './comparison.ts';
import type { Case } from './side-by-side.ts';
import type { Suite } from './suite.ts';

const sizes = { batch: 16, time: 128, size: 256, numHeads: 8 };

const generation: GenerationSpec = {
  kind: 'generation',
  ...{ vocabSize: 256, size: 256, numHeads: 8, numLayers: 4, prompt: 16, length: 112 },
};

const ctc: CtcSpec = { kind: 'ctc', batch: 16, time: 100, labels: 30, classes: 30 };

const cases: readonly Case[] = [
  forwardAndBackward('mha', 'mha'),
  forwardAndBackward('transformer-block', 'block'),
  {
    name: 'generate.b1',
    spec: generation,
    amount: generation.length,
    unit: 'tokensPerSecond',
  },
  { name: 'ctc.t100-b16-l30', spec: ctc, amount: 1, unit: 'stepsPerSecond' },
];

/** Multi-head attention and a Transformer block as they train, a small Transformer as it writes, and CTC. */
export const attention: Suite = {
  name: 'attention',
  summary:
    'how fast are self-attention and a Transformer block, forward and backward, generation with a cache, and CTC?',
  kinds: ['attention', 'generation', 'ctc'],
  run: (context) => compare(cases, context),
};

function forwardAndBackward(name: string, part: AttentionSpec['part']): Case {
  const { batch, time, size } = sizes;
  return {
    name: `${name}.b${batch}-t${time}-w${size}`,
    spec: { kind: 'attention', part, ...sizes },
    amount: 1,
    unit: 'stepsPerSecond',
  };
}
