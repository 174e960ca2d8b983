export type { BeamSearchOptions } from './beam-options.ts';
export { beamSearch, beamSteps } from './beam-search.ts';
export { type Constraint, oneOf } from './constraint.ts';
export {
  type CtcGreedyOptions,
  type CtcLabels,
  type CtcPrefixBeamOptions,
  ctcGreedy,
  ctcPrefixBeam,
} from './ctc.ts';
export { generate, generateBatch } from './generate.ts';
export type { GenerateBatchOptions, GenerateOptions } from './generate-options.ts';
export type { Hypothesis } from './hypothesis.ts';
export { matching } from './pattern/matching.ts';
export { probabilities, type SamplingOptions } from './probabilities.ts';
export { type RolloutOptions, rollout } from './rollout.ts';
export { type DrawStream, type Sampler, sampler } from './sampler.ts';
export type { SequenceModel } from './sequence-model.ts';
export { type TagPath, viterbi, viterbiNBest } from './viterbi.ts';
