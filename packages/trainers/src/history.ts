/** One training step, as it was before its update. */
export interface StepRecord {
  /** 1, 2, … */
  readonly step: number;
  /** Epochs that were complete. */
  readonly epoch: number;
  /** Mean loss of the window: with the default loss, nats per token. */
  readonly loss: number;
  /** Global L2 norm of the gradient, before clipping. */
  readonly gradNorm: number;
  /** Learning rate of the first group. */
  readonly lr: number;
  /** Tokens in the window. */
  readonly tokens: number;
}

/** One validation, after `step` training steps. */
export interface ValidRecord {
  readonly step: number;
  /** Mean over all tokens, each counted once: with the default loss, nats per token. */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  /** loss / ln 2; of a character model, bits per character. */
  readonly bitsPerToken: number;
  readonly tokens: number;
}

/** Why a run ended. */
export type Stopped = 'steps' | 'epochs' | 'patience' | 'aborted';

/** The validation with the smallest loss. */
export interface Best {
  readonly step: number;
  readonly loss: number;
}

/** A run as data. It survives interruptions: a resumed run goes on with what was there. */
export interface History {
  readonly steps: readonly StepRecord[];
  readonly valid: readonly ValidRecord[];
  readonly best: Best | undefined;
  /** Steps done. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  /** Tokens trained on. */
  readonly tokens: number;
  /** Seconds in training steps, without validations and checkpoints. */
  readonly seconds: number;
  /** Seconds spent waiting for the next batch, which come on top of `seconds`. */
  readonly waitingSeconds: number;
  readonly stopped: Stopped;
  /** Whether the model has the weights of `best`, as against those of the last step. */
  readonly restoredBest: boolean;
}
