export * as init from './init/index.ts';
export type { Initializer } from './init/initializer.ts';
export { BatchNorm1d, BatchNorm2d, type BatchNormOptions } from './layers/batch-norm.ts';
export { Conv1d, type Conv1dOptions, Conv2d, type Conv2dOptions } from './layers/convolution.ts';
export { Dropout, type DropoutOptions } from './layers/dropout.ts';
export { Embedding, type EmbeddingOptions } from './layers/embedding.ts';
export { flatten } from './layers/flatten.ts';
export { globalAvgPool, globalMaxPool } from './layers/global-pooling.ts';
export { Linear, type LinearOptions } from './layers/linear.ts';
export { MLP, type MLPOptions } from './layers/mlp.ts';
export {
  LayerNorm,
  type LayerNormOptions,
  RMSNorm,
  type RMSNormOptions,
} from './layers/normalization.ts';
export { OneHot, type OneHotOptions } from './layers/one-hot.ts';
export {
  AvgPool1d,
  type AvgPool1dOptions,
  AvgPool2d,
  type AvgPool2dOptions,
  MaxPool1d,
  type MaxPool1dOptions,
  MaxPool2d,
  type MaxPool2dOptions,
} from './layers/pooling.ts';
export type { Rows } from './layers/rowwise.ts';
export { Sequential, type SequentialPart } from './layers/sequential.ts';
export { WordHash, type WordHashOptions } from './layers/word-hash.ts';
export { type BceWithLogitsOptions, bceWithLogits } from './losses/binary.ts';
export { bioConstraints, type TagConstraints } from './losses/constraints.ts';
export { CRF, type CrfOptions } from './losses/crf.ts';
export { type CrossEntropyOptions, crossEntropy } from './losses/cross-entropy.ts';
export { type CtcLossOptions, ctcLoss } from './losses/ctc.ts';
export {
  type HuberLossOptions,
  halfSquaredError,
  huberLoss,
  l1Loss,
  mseLoss,
} from './losses/distance.ts';
export type { Loss, LossOptions, Reduction } from './losses/reduction.ts';
export { Buffer, buffer } from './module/buffer.ts';
export { classNameOf } from './module/class-name.ts';
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
export type { Axis } from './windows/axis.ts';
