/** A training step: forward, loss, backward, clip by norm, Adam. Sizes as PyTorch counts them. */
export interface TrainingSpec {
  readonly kind: 'training';
  readonly cell: 'lstm' | 'gru';
  readonly batch: number;
  readonly time: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  /** Of the head and cross-entropy at every step; 0: no head, the loss is the mean of h². */
  readonly classes: number;
}

/** Training steps by the trainer, `steps` of them in one call, whose losses are read `readEvery` at a time. */
export interface FitSpec {
  readonly kind: 'fit';
  readonly training: TrainingSpec;
  readonly steps: number;
  readonly readEvery: number;
}

/** Products `[m, k] · [k, n]` of the same operands, `repeat` of them in one call. */
export interface ProductSpec {
  readonly kind: 'product';
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly repeat: number;
}

/** Single steps of an LSTM at batch 1 with its state carried, `repeat` of them in one call. */
export interface StreamSpec {
  readonly kind: 'stream';
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly repeat: number;
}

/** A training step of a tanh RNN on a loss at its last step; `radius` decides whether gradients reach the first. */
export interface FadingSpec {
  readonly kind: 'fading';
  readonly radius: number;
  readonly time: number;
}

/** A training step of one of our own models, by its name in `child/unroll/variants.ts`. */
export interface VariantSpec {
  readonly kind: 'variant';
  readonly name: string;
  readonly training: TrainingSpec;
}

/** As many multiply-adds as a GPU can do, so many additions and multiplications in one call. */
export interface PeakSpec {
  readonly kind: 'peak';
  readonly flops: number;
}

/**
 * Forward and backward, to the input too, of multi-head self-attention or of a Transformer's encoder layer with it: normalised
 * before each part, gelu, a feed-forward net of four times the size; lengths are full, nothing is dropped.
 */
export interface AttentionSpec {
  readonly kind: 'attention';
  readonly part: 'mha' | 'block';
  readonly batch: number;
  readonly time: number;
  readonly size: number;
  readonly numHeads: number;
}

/** The likeliest ids, one by one, behind a prompt, by a decoder-only Transformer with rotary positions and a cache. */
export interface GenerationSpec {
  readonly kind: 'generation';
  readonly vocabSize: number;
  readonly size: number;
  readonly numHeads: number;
  readonly numLayers: number;
  /** Ids that are read first, and those that one call makes. */
  readonly prompt: number;
  readonly length: number;
}

/**
 * Forward and backward of CTC from scores: the softmax over the classes, the loss, and its gradient to the scores. All have
 * the same length, and so many labels each.
 */
export interface CtcSpec {
  readonly kind: 'ctc';
  readonly batch: number;
  readonly time: number;
  readonly labels: number;
  /** The blank among them. */
  readonly classes: number;
}

/** What a child process can be asked to do again and again. */
export type Spec =
  | TrainingSpec
  | FitSpec
  | ProductSpec
  | StreamSpec
  | FadingSpec
  | VariantSpec
  | AttentionSpec
  | GenerationSpec
  | CtcSpec
  | PeakSpec;

/** What one call of a prepared spec does. */
export interface Workload {
  /** Numbers that are trained, where something is. */
  readonly parameters?: number;
  /** What the peer does otherwise than asked, for the reader of its figure. */
  readonly note?: string;
  /** One training step (it gives the loss), or `repeat` products or steps. */
  call(): number | undefined | Promise<number | undefined>;
}

/** Of a peer: makes a workload, or throws a sentence that says why it has none. */
export type Prepare = (spec: Spec) => Workload | Promise<Workload>;
