import type { SpanSink } from '@unroll/backend';

/** Tells a profile what a kernel spends its time on. Spans follow each other without a gap: each ends where the next begins. */
export class Trace {
  /** Who is told; undefined for nobody, and then nothing is measured. */
  sink: SpanSink | undefined;
  #at = 0;
  #copied = 0;

  /** Where a kernel begins. */
  begin(): void {
    this.#copied = 0;
    if (this.sink) this.#at = performance.now();
  }

  /** Floats that were copied since the last span: they were read and written. */
  copied(floats: number): void {
    this.#copied += 8 * floats;
  }

  /** What has passed since the last span, or since the kernel began, was this stage. */
  mark(stage: string, flops = 0, bytes = 0): void {
    if (this.sink === undefined) return;
    const [start, end] = [this.#at, performance.now()];
    this.#at = end;
    const all = bytes + this.#copied;
    this.#copied = 0;
    if (end > start || flops + all > 0) this.sink({ stage, start, end, flops, bytes: all });
  }
}
