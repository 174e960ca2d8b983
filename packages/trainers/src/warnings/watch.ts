import type { Callback, RunView } from '../callback.ts';
import type { Batch } from '../data.ts';
import type { History, StepRecord } from '../history.ts';
import { GradientWatch } from './gradients.ts';
import { startWarning } from './start.ts';
import { UnknownWords } from './unknown-words.ts';
import type { Warn } from './warning.ts';

/** Watches a run for what seldom goes with a net that learns. */
export class TrainingWatch implements Callback {
  readonly #classes: () => number | undefined;
  readonly #warn: Warn;
  readonly #words: UnknownWords;
  readonly #gradients = new GradientWatch();

  /**
   * @param classes how many classes the last output had; undefined where that says nothing of the loss
   * @param unkId the id of unknown words
   */
  constructor(classes: () => number | undefined, unkId: number | undefined, warn: Warn) {
    this.#classes = classes;
    this.#words = new UnknownWords(unkId);
    this.#warn = warn;
  }

  /** Sees a batch before it is learned. */
  async onBatch(batch: Batch): Promise<void> {
    const words = await this.#words.see(batch);
    if (words) this.#warn(words);
  }

  async onRead(records: readonly StepRecord[], { model }: RunView): Promise<void> {
    const classes = this.#classes();
    const first = records.find(({ step }) => step === 1);
    const start = first && classes ? startWarning(first.loss, classes) : undefined;
    for (const each of [start, ...(await this.#gradients.see(records, model))]) {
      if (each) this.#warn(each);
    }
  }

  /** A run may be over before it was clear how many words are unknown. */
  onStop(history: History | undefined): void {
    const words = history && this.#words.judge();
    if (words) this.#warn(words);
  }
}
