export { type GenerateOptions, generate, type SequenceModel } from './generate.ts';
export { probabilities, type SamplingOptions } from './probabilities.ts';
export { type DrawStream, type Sampler, sampler } from './sampler.ts';
