import { UnrollError } from '@unroll/backend';

/** A thread that threw, or did not answer in time. The step it was part of has failed; the next one can run. */
export class ThreadError extends UnrollError {
  constructor(thread: string, words: string) {
    super('wasm', `${thread} ${words}`, { thread });
  }
}
