import type { Module } from '@unroll/nn';
import type { Best, History, StepRecord, ValidRecord } from './history.ts';

/** What a callback sees of the run it watches. */
export interface RunView {
  readonly model: Module;
  /** Steps done. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  /** Steps when it is complete, where that can be known. */
  readonly totalSteps: number | undefined;
  /** The step of the checkpoint that it goes on from; undefined for a run that starts anew. */
  readonly resumedFrom: number | undefined;
  /** Tokens per second of training steps since this process took over. */
  readonly tokensPerSecond: number;
  readonly best: Best | undefined;
}

/** Watches a run. Every hook is optional and may be asynchronous: the run waits for it. */
export interface Callback {
  onStart?(run: RunView): void | Promise<void>;
  /**
   * After an update; the gradients are those that it was made with, and the model is that of this step. On a GPU every step
   * then waits for the device: a callback that looks at the records only has `onRead`. When the device was lost, the steps
   * since the last checkpoint come again.
   */
  onStep?(record: StepRecord, run: RunView): void | Promise<void>;
  /**
   * With the records of the steps since the last call, when they were read: on the CPU one at a time, on a GPU `readEvery`
   * together. The model is that of the last of them.
   */
  onRead?(records: readonly StepRecord[], run: RunView): void | Promise<void>;
  onValidate?(record: ValidRecord, run: RunView): void | Promise<void>;
  onCheckpoint?(run: RunView): void | Promise<void>;
  /** At the end, with the run's history; undefined when it ends with an error. */
  onStop?(history: History | undefined, run: RunView): void | Promise<void>;
}

/** Calls one hook of all callbacks, in order. */
export async function emit<K extends keyof Callback>(
  callbacks: readonly Callback[],
  hook: K,
  ...args: Parameters<NonNullable<Callback[K]>>
): Promise<void> {
  for (const callback of callbacks) {
    const call = callback[hook] as ((...given: unknown[]) => void | Promise<void>) | undefined;
    await call?.apply(callback, args);
  }
}
