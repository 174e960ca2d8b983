export * as init from './init/index.ts';
export type { Initializer } from './init/initializer.ts';
export { Dropout, type DropoutOptions } from './layers/dropout.ts';
export { Embedding, type EmbeddingOptions } from './layers/embedding.ts';
export { Linear, type LinearOptions } from './layers/linear.ts';
export {
  LayerNorm,
  type LayerNormOptions,
  RMSNorm,
  type RMSNormOptions,
} from './layers/normalization.ts';
export type { Rows } from './layers/rowwise.ts';
export { Sequential, type SequentialPart } from './layers/sequential.ts';
export { type BceWithLogitsOptions, bceWithLogits } from './losses/binary.ts';
export { type CrossEntropyOptions, crossEntropy } from './losses/cross-entropy.ts';
export {
  type HuberLossOptions,
  halfSquaredError,
  huberLoss,
  l1Loss,
  mseLoss,
} from './losses/distance.ts';
export type { Loss, LossOptions, Reduction } from './losses/reduction.ts';
export { Buffer, buffer } from './module/buffer.ts';
export type { LoadOptions, LoadResult } from './module/load.ts';
export { Module } from './module/module.ts';
export { Summary, type SummaryRow, summary } from './module/summary.ts';
export {
  activationL1,
  activationL2,
  type PenaltyOptions,
  type TemporalChangeOptions,
  temporalChange,
} from './penalties/activations.ts';
export { weightL1, weightL2 } from './penalties/weights.ts';
