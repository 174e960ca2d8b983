export type { KeyValueState, KeyValues } from './multi-head/cache.ts';
export { MultiHeadAttention } from './multi-head/multi-head-attention.ts';
export type { MultiHeadAttentionOptions } from './multi-head/options.ts';
export { AttentionPooling } from './pooling/attention-pooling.ts';
export type { AttentionPoolingOptions, PoolingScore } from './pooling/options.ts';
export { LearnedPositions, type LearnedPositionsOptions } from './positions/learned.ts';
export { type RotaryOptions, rotary } from './positions/rotary.ts';
export { SinusoidalPositions, type SinusoidalPositionsOptions } from './positions/sinusoidal.ts';
export { attentionScores, type Scoring } from './scores/attention-scores.ts';
export {
  AttentionDecoder,
  type AttentionDecoderOptions,
  type AttentionDecoderResult,
  type DecoderMemory,
} from './seq2seq/attention-decoder.ts';
export type { AttentionScore } from './seq2seq/attention-step.ts';
export { type ScheduledSamplingOptions, scheduledSampling } from './seq2seq/scheduled-sampling.ts';
export { type DecoderState, TransformerDecoder } from './transformer/decoder.ts';
export { type DecoderLayerState, TransformerDecoderLayer } from './transformer/decoder-layer.ts';
export { TransformerEncoder, type TransformerState } from './transformer/encoder.ts';
export {
  TransformerEncoderLayer,
  type TransformerLayerResult,
} from './transformer/encoder-layer.ts';
export {
  FeedForward,
  type FeedForwardActivation,
  type FeedForwardOptions,
} from './transformer/feed-forward.ts';
export type { TransformerLayerOptions, TransformerOptions } from './transformer/options.ts';
